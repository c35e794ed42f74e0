//! What is done with bytes from anywhere. Each function takes any bytes, and returns: a panic, an abort
//! or a hang is a fault. What is accepted must mean what was written.

use experiments::run::checkpoint::Checkpoint;
use experiments::suites::BUILT_INS;
use lab_exchange::import::{Foreign, Options};
use lab_results::disk::atomic_file;
use lab_results::model::AnyModel;
use lab_results::printed::Printed;
use lab_results::stats::summarise;
use lab_results::store::{RunRecord, SuiteRecord};
use lab_results::suite::Suite;
use lab_results::tables::{ConfusionRow, EpochRow, GradcheckRow, MistakeRow, RunRow};
use mnist_data::idx::{self, IdxU8, Limits};
use mnist_data::source::{self, Content};
use mnist_data::{Normalize, Normalizer};
use nn_core::{Activation, Float, Mlp, Params, Workspace};

/// Takes any bytes.
pub type Target = fn(&[u8]);

/// The readers by the names of their seeds' folders.
pub const TARGETS: [(&str, Target); 10] = [
    ("idx", idx),
    ("idx_gz", idx_gz),
    ("model", model),
    ("weights", weights),
    ("checkpoint", checkpoint),
    ("suite", suite),
    ("picture", picture),
    ("record", record),
    ("suite_record", suite_record),
    ("table", table),
];

/// Raw IDX.
pub fn idx(bytes: &[u8]) {
    if let Ok(array) = idx::read_u8(&mut &*bytes, &Limits::default()) {
        // Nothing before, between or after: the file is the array.
        assert_eq!(written(&array), bytes);
    }
}

/// IDX as the data set's files are read, compressed or not.
pub fn idx_gz(bytes: &[u8]) {
    for content in [Content::Images, Content::Labels] {
        if let Ok(loaded) = source::read("fuzz", bytes, content, &Limits::default()) {
            assert_eq!(loaded.array.dims.len(), content.dims());
        }
    }
}

fn written(array: &IdxU8) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, array.dims.len() as u8];
    for &dim in &array.dims {
        bytes.extend((dim as u32).to_be_bytes());
    }
    bytes.extend(&array.data);
    bytes
}

/// Model files; one that is accepted classifies.
pub fn model(bytes: &[u8]) {
    match AnyModel::parse(bytes) {
        Err(_) => {}
        Ok(AnyModel::F32(model)) => classify(&model.params, &model.to_bytes().unwrap()),
        Ok(AnyModel::F64(model)) => classify(&model.params, &model.to_bytes().unwrap()),
    }
}

/// Weights from elsewhere; what is accepted is a model.
pub fn weights(bytes: &[u8]) {
    let options = Options {
        activation: Activation::Tanh,
        normalize: Normalize::PerImage,
        normalizer: Normalizer::PerImage,
    };
    if let Ok(foreign) = Foreign::parse(bytes) {
        let options = (!foreign.describes_itself()).then_some(&options);
        if let Ok((written, _)) = foreign.into_model(options) {
            model(&written);
        }
    }
}

fn classify<F: Float>(params: &Params<F>, written: &[u8]) {
    let again = AnyModel::parse(written).unwrap();
    assert_eq!(again.params::<F>().as_slice(), params.as_slice());
    let network = params.network();
    let x = ndarray::Array2::<F>::zeros((1, network.features()));
    network.forward(params, &x, &mut Workspace::new()).unwrap();
}

/// Checkpoints of the network that the seeds are of.
pub fn checkpoint(bytes: &[u8]) {
    let network = Mlp::new(&[3, 2, 2], Activation::Tanh).unwrap();
    if let Ok(checkpoint) = Checkpoint::<f32>::parse(bytes, &network) {
        assert_eq!(checkpoint.to_bytes().unwrap(), bytes);
    }
}

/// Suites; one that is accepted can be planned.
pub fn suite(bytes: &[u8]) {
    let Ok(suite) = std::str::from_utf8(bytes).map(|text| Suite::parse("fuzz", text, &BUILT_INS))
    else {
        return;
    };
    for experiment in suite.iter().flat_map(|suite| &suite.experiments) {
        let settings = &experiment.settings;
        settings.config(0).check().unwrap();
        let _ = settings.network(784, 10);
        let _ = settings.split_rule();
    }
}

/// `run.json`; one that is accepted is the very one that would be written.
pub fn record(bytes: &[u8]) {
    if let Ok(record) = RunRecord::parse(bytes) {
        assert_eq!(record.to_bytes().unwrap(), bytes);
    }
}

/// `suite.json`; one that is accepted is read again as the same.
pub fn suite_record(bytes: &[u8]) {
    if let Ok(record) = serde_json::from_slice::<SuiteRecord>(bytes) {
        let written = atomic_file::to_json(&record).unwrap();
        let again: SuiteRecord = serde_json::from_slice(&written).unwrap();
        // Not the records: NaN is not equal to itself.
        assert_eq!(atomic_file::to_json(&again).unwrap(), written);
    }
}

/// The tables of a run and of a suite.
pub fn table(bytes: &[u8]) {
    let _ = atomic_file::parse_csv::<EpochRow>(bytes);
    let _ = atomic_file::parse_csv::<ConfusionRow>(bytes);
    let _ = atomic_file::parse_csv::<MistakeRow>(bytes);
    let _ = atomic_file::parse_csv::<GradcheckRow>(bytes);
    if let Ok(rows) = atomic_file::parse_csv::<RunRow>(bytes) {
        let runs: Vec<&RunRow> = rows.iter().collect();
        summarise("fuzz", &runs, &Printed::default());
    }
}

/// PNG, JPEG, BMP and WebP pictures of digits; of several, each is prepared.
pub fn picture(bytes: &[u8]) {
    let digits = mnist_picture::decode(bytes).and_then(|picture| mnist_picture::split(&picture));
    for pixels in digits
        .iter()
        .flat_map(|digits| digits.rows.iter().flatten())
    {
        assert!(pixels.iter().any(|&ink| ink > 0));
    }
}
