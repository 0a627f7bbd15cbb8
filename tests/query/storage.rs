//! Rows by gRPC: straight from tables, and the results of queries. On a scripted BigQuery with both doors.

mod choosing;
mod failing;
mod paying;
mod results;
mod scene;
mod straight;
