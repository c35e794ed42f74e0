//! The requests of a page, without the border to JavaScript.

use anyhow::{Context, Result, bail, ensure};
use experiments::job::Planned;
use experiments::run::check;
use lab_results::data_set::data_files;
use lab_results::store::Source;
use lab_results::suite::{Precision, Settings, check_name};
use mnist_data::{Dataset, OpenOptions};
use mnist_samples::PixelData;
use serde::{Deserialize, Serialize};

use crate::run::Run;

/// The memory that a known data set needs besides its files: the images, and the images without zeros.
const DATA_BYTES: u64 = 160 << 20;

/// The state of a page: a data set and a run. Each method is a request; the README describes them.
#[derive(Default)]
pub struct Page {
    files: [Vec<u8>; 4],
    data: Option<&'static PixelData>,
    run: Option<Run>,
    /// The files of the run, once it has ended.
    result: Vec<(&'static str, Vec<u8>)>,
}

/// The argument of [`Page::begin`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Begin {
    experiment: String,
    settings: toml::Table,
    seed: String,
}

/// The answer of [`Page::load`].
#[derive(Serialize)]
struct Loaded {
    name: Option<&'static str>,
    train: usize,
    test: usize,
    rows: usize,
    columns: usize,
    classes: usize,
}

/// What a method answers.
pub(crate) type Answer = Result<Vec<u8>>;

#[allow(missing_docs)] // the README describes the requests
impl Page {
    pub fn data_file(&mut self, i: usize, bytes: Vec<u8>) -> Answer {
        let file = self.files.get_mut(i);
        *file.with_context(|| format!("data file {i}; expected 0 to 3"))? = bytes;
        Ok(Vec::new())
    }

    pub fn load(&mut self) -> Answer {
        ensure!(
            self.data.is_none(),
            "there is a data set already; begin a new instance for another one"
        );
        expect_memory(DATA_BYTES, "the data set")?;
        let files = std::mem::take(&mut self.files);
        let dataset =
            Dataset::from_bytes(files.each_ref().map(|it| &it[..]), &OpenOptions::default())?;
        drop(files);
        // A run borrows the data set, which is there as long as the instance.
        let data = Box::leak(Box::new(PixelData::new(dataset)));
        self.data = Some(data);
        let (dataset, images) = (data.dataset(), data.dataset().train().images());
        answer(&Loaded {
            name: dataset.name(),
            train: dataset.train().len(),
            test: dataset.test().len(),
            rows: images.rows(),
            columns: images.cols(),
            classes: dataset.classes(),
        })
    }

    pub fn begin(&mut self, argument: &[u8]) -> Answer {
        let data = self.data()?;
        let Begin {
            experiment,
            settings,
            seed,
        } = serde_json::from_slice(argument).context("begin")?;
        check_name(&experiment).context("experiment")?;
        let whole = "expected a whole number from 0 to 18446744073709551615";
        let seed = seed
            .parse()
            .with_context(|| format!("seed is {seed}, {whole}"))?;
        let settings = Settings::default().with(&settings)?;
        ensure!(
            settings.precision == Precision::F32,
            "precision is {}; pages train in f32 only",
            settings.precision
        );
        check(&settings, data.dataset(), None)?;

        (self.run, self.result) = (None, Vec::new());
        expect_memory(run_bytes(&settings, data)?, "the run")?;
        let experiment = Planned {
            id: experiment,
            settings,
            cell: Vec::new(),
        };
        let run = self.run.insert(Run::new(experiment, seed, data)?);
        answer(&run.begun())
    }

    pub fn train(&mut self, steps: usize) -> Answer {
        answer(&self.run_mut()?.train(steps)?)
    }

    pub fn images(&self, set: usize, first: usize, count: usize) -> Answer {
        let dataset = self.data()?.dataset();
        let images = match set {
            0 => dataset.train(),
            1 => dataset.test(),
            _ => bail!("image set {set}; expected 0 for training or 1 for test images"),
        };
        let end = first.checked_add(count).filter(|&end| end <= images.len());
        let end = end.with_context(|| {
            format!(
                "{count} images from {first} on; the set has {}",
                images.len()
            )
        })?;
        let pixels = images.images().pixels_per_image();
        let mut bytes = images.images().as_bytes()[first * pixels..end * pixels].to_vec();
        bytes.extend(&images.labels()[first..end]);
        Ok(bytes)
    }

    pub fn model(&self, best: bool) -> Answer {
        self.run()?.model(best)
    }

    pub fn classify(&self, best: bool, images: Vec<u8>) -> Answer {
        self.run()?.classify(best, images)
    }

    pub fn finish(&mut self) -> Answer {
        if self.result.is_empty() {
            let dataset = self.data()?.dataset();
            let source = Source {
                data: data_files(dataset),
                classes: dataset.classes(),
                init_from: None,
            };
            let (settings, result) = self.run()?.result()?;
            self.result = result.files(settings, &source)?;
        }
        let (_, record) = self.result.last().context("a run has files")?;
        Ok(record.clone())
    }

    pub fn run_file(&self, name: &[u8]) -> Answer {
        let name = String::from_utf8_lossy(name);
        let file = self.result.iter().find(|(known, _)| *known == name);
        let (_, bytes) = file.with_context(|| {
            let known: Vec<&str> = self.result.iter().map(|(name, _)| *name).collect();
            match known.is_empty() {
                true => format!("no file {name}: the run is not finished"),
                false => format!("no file {name}; expected one of {}", known.join(", ")),
            }
        })?;
        Ok(bytes.clone())
    }

    fn data(&self) -> Result<&'static PixelData> {
        self.data.context("there is no data set; load one first")
    }

    fn run(&self) -> Result<&Run> {
        let run = self.run.as_ref();
        run.context("there is no run; begin one first")
    }

    fn run_mut(&mut self) -> Result<&mut Run> {
        let run = self.run.as_mut();
        run.context("there is no run; begin one first")
    }
}

fn answer(value: &impl Serialize) -> Answer {
    Ok(serde_json::to_vec(value)?)
}

/// About the memory of a run: eight copies of the parameters (initial, present, velocity, best, those packed for both
/// products, the answer and a snapshot), the random numbers of the initial weights, and three numbers for each unit and
/// example of a batch.
fn run_bytes(settings: &Settings, data: &PixelData) -> Result<u64> {
    let pixels = data.dataset().train().images().pixels_per_image();
    let network = settings.network(pixels, data.dataset().classes())?;
    let units: usize = network.sizes().iter().sum();
    let batch = settings.batch_size.max(256) as u64;
    let parameters = network.parameter_count() as u64;
    Ok(parameters * (8 * 4 + 8) + 3 * 4 * batch * units as u64 + (16 << 20))
}

/// Fails if this much memory cannot be had; the program would end.
fn expect_memory(bytes: u64, what: &str) -> Result<()> {
    let mut memory: Vec<u8> = Vec::new();
    let wanted = usize::try_from(bytes).ok();
    let is_there = wanted.is_some_and(|bytes| memory.try_reserve_exact(bytes).is_ok());
    // Without a use, the compiler may remove the allocation.
    std::hint::black_box(&memory);
    if !is_there {
        bail!(
            "not enough memory: {what} needs about {} MB",
            bytes.div_ceil(1_000_000)
        );
    }
    Ok(())
}
