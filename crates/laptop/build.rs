//! Content is built into the binary; a change of it builds the binary again.

fn main() {
    println!("cargo::rerun-if-changed=../../content");
    println!("cargo::rerun-if-changed=build.rs");
}
