//! The names that were seen lead on, in BigQuery as in archives.

use super::table::{QUERY, Scene, job};
use crate::server::on;

#[test]
fn a_misspelt_name_and_one_of_another_time_lead_on() {
    let scene = Scene::new([on(QUERY, job(2).done()).then(job(0).done()), super::table::billed(0)]);
    scene.query("").ends(0);
    let run = scene.query("wbe").ends(1).says("lq-query: nothing matched in the window\n");
    run.says("lq-query: container wbe: nothing matched; nearest in the index: web (shop)\n");
    let run = scene.query("web --at 2024-12-19T12:00:00Z").ends(1);
    run.says("web of web-1 (shop) was last seen 2024-12-19T07:00:01Z: lq-query --around 2024-12-19T07:00:01Z ");
}
