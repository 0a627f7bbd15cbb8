//! The configuration file.

use crate::settings::{Inventory, KEYS, Settings};
use crate::when::Zone;

/// Any text is settings, or flaws that can be told; settings written down are read as the same ones.
pub fn settings(data: &[u8]) {
    let text = super::text(data);
    let inventory = read(&text);
    for flaw in &inventory.flaws {
        assert!(flaw.to_string().contains("config.toml"), "{flaw} says where");
    }
    let settings = inventory.settings;
    for key in ["memory", "max-bytes"] {
        let _ = settings.parse(key, crate::size::parse_bound);
    }
    let _ = settings.parse("tz", Zone::parse);
    let again = read(&written(&settings));
    assert!(again.flaws.is_empty(), "{:?}", again.flaws);
    for key in KEYS {
        assert_eq!(again.settings.list(key), settings.list(key), "{key} of {text}");
    }
}

/// The file's text, read with its profile `p` in use.
fn read(text: &str) -> Inventory {
    let mut inventory = Inventory::default();
    if let Err(flaw) = inventory.read_text(text, "config.toml", Some(("p", "--profile"))) {
        inventory.flaws.push(flaw);
    }
    inventory
}

/// The settings as a file that has them in its profile.
fn written(settings: &Settings) -> String {
    let set = KEYS.into_iter().filter(|key| settings.place(key).is_some());
    let value = |key| match settings.list(key) {
        [one] if !["cluster", "namespace"].contains(&key) => toml::Value::from(one.as_str()),
        several => toml::Value::from(several.to_vec()),
    };
    let profile: toml::Table = set.map(|key| (key.to_owned(), value(key))).collect();
    let profiles: toml::Table = [("p".to_owned(), profile.into())].into_iter().collect();
    let file: toml::Table = [("profile".to_owned(), profiles.into())].into_iter().collect();
    file.to_string()
}
