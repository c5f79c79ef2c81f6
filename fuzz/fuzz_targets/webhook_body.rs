//! Whatever bytes are the body of a webhook.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| centra_fuzz::body(data));
