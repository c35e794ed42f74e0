//! Requests of a page, natively. `cargo xtask wasm --check` makes them in WebAssembly too.

use std::fs;
use std::path::Path;

use mnist_web::Page;
use serde_json::{Value, json};

fn data(name: &str) -> Vec<u8> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data");
    fs::read(data.join(format!("{name}-ubyte.gz"))).unwrap()
}

/// A page with MNIST.
fn loaded() -> Page {
    let mut page = Page::default();
    let names = [
        "train-images-idx3",
        "train-labels-idx1",
        "t10k-images-idx3",
        "t10k-labels-idx1",
    ];
    for (i, name) in names.into_iter().enumerate() {
        page.data_file(i, data(name)).unwrap();
    }
    let about = json(&page.load().unwrap());
    assert_eq!(
        (&about["name"], &about["train"]),
        (&json!("MNIST"), &json!(60_000))
    );
    page
}

fn json(answer: &[u8]) -> Value {
    serde_json::from_slice(answer).unwrap()
}

fn begin(page: &mut Page, settings: Value) -> anyhow::Result<Value> {
    let argument = json!({ "experiment": "softmax", "seed": "0", "settings": settings });
    Ok(json(&page.begin(argument.to_string().as_bytes())?))
}

/// The settings of a short run.
fn short() -> Value {
    json!({ "hidden": [], "init": "zeros", "epochs": 2 })
}

#[test]
fn a_run_in_slices_has_the_files_of_a_run_at_once() {
    let mut page = loaded();
    let mut files = Vec::new();
    for slice in [100, 1_000_000] {
        assert_eq!(begin(&mut page, short()).unwrap()["steps"], 375);
        let (mut losses, mut epochs) = (0, 0);
        let end = loop {
            let progress = json(&page.train(slice).unwrap());
            losses += progress["losses"].as_array().unwrap().len();
            epochs += progress["epochs"].as_array().unwrap().len();
            if !progress["end"].is_null() {
                break progress["end"].clone();
            }
        };
        assert_eq!((losses, epochs, end), (750, 2, json!("max-epochs")));
        let record = page.finish().unwrap();
        let names = ["metrics.csv", "model.safetensors"];
        files.push((
            record,
            names.map(|it| page.run_file(it.as_bytes()).unwrap()),
        ));
    }
    assert!(files[0] == files[1]);
}

#[test]
fn an_epochs_last_step_includes_its_evaluation() {
    let mut page = loaded();
    begin(&mut page, short()).unwrap();
    let first = json(&page.train(374).unwrap());
    assert_eq!(
        (&first["steps_done"], &first["epochs_done"]),
        (&json!(374), &json!(0))
    );
    let second = json(&page.train(1).unwrap());
    assert_eq!(
        (&second["steps_done"], &second["epochs_done"]),
        (&json!(0), &json!(1))
    );
    assert_eq!(second["epochs"][0]["epoch"], 1);
    assert_eq!(page.model(true).unwrap(), page.model(false).unwrap());
    let probabilities = page.classify(true, vec![0; 2 * 784]).unwrap();
    assert_eq!(probabilities.len(), 2 * 10 * 4);
}

#[test]
fn a_diverged_run_has_an_end_and_a_record() {
    let mut page = loaded();
    begin(
        &mut page,
        json!({ "hidden": [8], "lr": 1000.0, "momentum": 0.0, "activation": "relu" }),
    )
    .unwrap();
    let progress = json(&page.train(375).unwrap());
    assert_eq!(progress["end"], "diverged");
    assert!(
        progress["divergence"]
            .as_str()
            .unwrap()
            .starts_with("diverged at epoch 1, step ")
    );
    assert_eq!(
        json(&page.finish().unwrap())["result"]["stop_reason"],
        "diverged"
    );
}

#[test]
fn wrong_requests_are_refused_in_a_sentence() {
    let refused = |result: anyhow::Result<Vec<u8>>| format!("{:#}", result.unwrap_err());
    let mut page = Page::default();
    assert_eq!(
        refused(page.begin(b"{}")),
        "there is no data set; load one first"
    );
    assert!(refused(page.load()).starts_with("train-images-idx3-ubyte: "));
    assert_eq!(
        refused(page.data_file(4, Vec::new())),
        "data file 4; expected 0 to 3"
    );

    let mut page = loaded();
    assert!(refused(page.load()).starts_with("there is a data set already"));
    assert_eq!(refused(page.train(1)), "there is no run; begin one first");
    assert!(refused(page.begin(b"{\"experiment\": 7}")).starts_with("begin: invalid type"));
    let cases = [
        (json!({ "lr": -1 }), "lr is -1"),
        (json!({ "depth": 3 }), "unknown setting `depth`"),
        (json!({ "precision": "f64" }), "pages train in f32 only"),
        (json!({ "batch-size": 50_000 }), "batch size is 50000"),
        (json!({ "hidden": [1_000_000, 1_000_000] }), "1000000"),
    ];
    for (settings, expected) in cases {
        let message = format!("{:#}", begin(&mut page, settings).unwrap_err());
        assert!(message.contains(expected), "{message}");
    }
    begin(&mut page, short()).unwrap();
    assert_eq!(refused(page.finish()), "the run has not ended");
    assert!(refused(page.run_file(b"model.safetensors")).contains("not finished"));
    assert!(refused(page.model(true)).contains("no epoch is finished"));
    assert!(refused(page.images(1, 9_999, 2)).contains("the set has 10000"));
    assert!(refused(page.images(2, 0, 1)).contains("image set 2"));
    assert!(refused(page.classify(false, vec![0; 3])).contains("a multiple of 784"));
}
