//! `lq-fmt` as its users meet it: the built program, real pipes, files and terminals.

mod bad_input;
mod forms;
mod live;
mod run;
mod screen;
mod select;

#[path = "../support/terminal.rs"]
mod terminal;
