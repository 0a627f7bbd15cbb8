//! On a real emulator of BigQuery: rows, layouts, and what each flag selects.

#[path = "../../src/select/cases.rs"]
mod cases;
mod doctor;
mod keeping;
mod layouts;
mod main_job;
mod relay;
mod rows;
mod selecting;
mod ways;
mod witness;
