//! Whatever stands in the payload of a webhook.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| centra_fuzz::payload(data));
