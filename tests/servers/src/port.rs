//! Ports that nothing else takes while a server is down.

use std::{
    hash::{BuildHasher, RandomState},
    io,
    net::{Ipv4Addr, TcpListener},
};

/// Below the ports that systems give to outgoing connections. Those could take the port of a server that restarts.
const PORTS: std::ops::Range<u16> = 10_000..30_000;

/// So many ports of 127.0.0.1 that are free at the moment.
///
/// # Errors
///
/// When there are not so many.
pub fn free_ports(count: usize) -> io::Result<Vec<u16>> {
    // Several processes look at the same time, so each begins elsewhere.
    let first = RandomState::new().hash_one(0) % u64::from(PORTS.end - PORTS.start);
    let from = PORTS.start + first as u16;
    // All are held until the last is known, so that none comes twice.
    let held: Vec<_> = (from..PORTS.end)
        .chain(PORTS.start..from)
        .filter_map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok())
        .take(count)
        .collect();
    if held.len() < count {
        return Err(io::Error::other("there are not enough free ports"));
    }
    held.iter().map(|listener| listener.local_addr().map(|address| address.port())).collect()
}
