//! Choices are read from the names that they write.

use nn_train::{PenaltyPlace, Schedule, Stopping};

#[test]
fn every_choice_is_read_from_its_name() {
    let names = Stopping::ALL.map(|rule| rule.to_string());
    assert_eq!(names, ["consecutive", "no-improvement", "never"]);
    assert_eq!(names.map(|name| name.parse()), Stopping::ALL.map(Ok));
    let names = PenaltyPlace::ALL.map(|place| place.to_string());
    assert_eq!(names, ["gradient", "update", "damped-update"]);
    assert_eq!(names.map(|name| name.parse()), PenaltyPlace::ALL.map(Ok));
    let schedules = [
        Schedule::Constant,
        Schedule::Cosine,
        Schedule::Step {
            every: 10,
            factor: 0.5,
        },
    ];
    let names = schedules.map(|schedule| schedule.to_string());
    assert_eq!(names, ["constant", "cosine", "step(10,0.5)"]);
    assert_eq!(names.map(|name| name.parse()), schedules.map(Ok));
}

#[test]
fn an_unknown_name_is_answered_with_the_known_ones() {
    let messages = [
        "x".parse::<Stopping>().unwrap_err().to_string(),
        "x".parse::<PenaltyPlace>().unwrap_err().to_string(),
        "step(0,0.5)".parse::<Schedule>().unwrap_err().to_string(),
        "step(2,0)".parse::<Schedule>().unwrap_err().to_string(),
        "step(2,inf)".parse::<Schedule>().unwrap_err().to_string(),
    ];
    for (message, known) in messages
        .iter()
        .zip(["never", "gradient", "cosine", "cosine", "cosine"])
    {
        assert!(message.contains(known), "{message}");
    }
}
