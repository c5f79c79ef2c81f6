//! Makes the build notice new migrations, which are read at compile time.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
