//! Writes the client and the server of the inventory's gRPC service, without a `.proto` file and its compiler.

use tonic_build::manual::{Builder, Method, Service};

fn main() {
    let method = |name, route| {
        Method::builder()
            .name(name)
            .route_name(route)
            .input_type("crate::inventory::Reservation")
            .output_type("crate::inventory::Done")
            .codec_path("tonic_prost::ProstCodec")
            .build()
    };
    let inventory = Service::builder()
        .name("Inventory")
        .package("shop")
        .method(method("reserve", "Reserve"))
        .method(method("release", "Release"));
    Builder::new().compile(&[inventory.build()]);
    println!("cargo:rerun-if-changed=build.rs");
}
