//! Words complete: in a real bash, zsh and fish on a pseudo-terminal, and as their scripts ask the tools.

#[path = "../support/mod.rs"]
mod support;

mod asked;
mod home;
mod installed;
mod shown;
mod silent;
mod terminal;
mod typed;
