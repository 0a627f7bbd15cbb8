#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lq::fuzz::settings(data));
