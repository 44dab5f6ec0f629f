use backoff_tests::fleet::Fleet;
use backoff_tests::rate_limits::{CASES, ROWS, Work};
fn main() {
    let args: Vec<_> = std::env::args().collect();
    let work = ROWS
        .map(Work::from)
        .into_iter()
        .chain(CASES.map(Work::from))
        .find(|w| w.name.contains(&args[1]))
        .unwrap();
    for fleet in [Fleet::apart(1), Fleet::of(args[2].parse().unwrap())] {
        let begin = std::time::Instant::now();
        let o = fleet.send(&work, args.get(3).map_or(0, |s| s.parse().unwrap()));
        println!("{:?} calls {} exch {} took {:?}", o.seconds, o.calls, o.exchanges, begin.elapsed());
        let last = o.seconds.unwrap_or(100.0) as usize + 1;
        let mut s = vec![(0, 0); last + 1];
        for (at, _) in &o.passed {
            s[(*at as usize).min(last)].0 += 1;
        }
        for at in &o.refused {
            s[(*at as usize).min(last)].1 += 1;
        }
        println!("{s:?}");
    }
}
