//! Devices bound and released on the running host, on the kernel model: nothing is half done, whatever goes wrong.

use std::time::Duration;

use nix::errno::Errno;
use vfio_early::act::{Return, Scope, claim, release};

use vfio_early::host::request;
use vfio_early::machine::{Machine, ProtectList};
use vfio_early::pci::DriverName;
use vfio_early::plan::Reason;
use vfio_early::report::{Report, Times};

use crate::stage::{MODULES, NIC, Stage, machine};
use crate::support::model::{Fault, Knobs, Model, Wrong};

const ERRORS: [Errno; 4] = [Errno::EIO, Errno::ENOENT, Errno::EACCES, Errno::EBUSY];

/// A link that is not there means that there is no driver; that it is wrong for good is not an error of the kernel.
const LASTING: [Errno; 3] = [Errno::EIO, Errno::EACCES, Errno::EBUSY];

/// The machine with its network card on the host's driver.
fn host(knobs: Knobs) -> Model {
    Model::new(Stage::on(&machine(MODULES), "quiet").tree(), knobs)
}

/// Binds the card; the report of that.
fn bind(model: &Model) -> Report {
    let root = model.root();
    let request = request::running(
        &root,
        &["00:03.0".to_owned()],
        &[("timeout", &["1".to_owned()])],
    );
    let request = request.unwrap();
    let read = Machine::read_guarded(&root, &request, &request, ProtectList::default());
    let machine = read.unwrap_or_default();
    let claimed = claim(&root, &request, machine, Scope::All, &|_| ());
    Report::new(&claimed, Times::default())
}

#[test]
fn what_a_bind_reports_has_the_fix_of_the_running_host_in_every_field() {
    let root = host(Knobs::default()).root();
    let selectors = ["class:network".to_owned()];
    let request = request::running(&root, &selectors, &[("driver", &["nonesuch".to_owned()])]);
    let request = request.unwrap();
    let read = Machine::read_guarded(&root, &request, &request, ProtectList::default());
    let claimed = claim(&root, &request, read.unwrap(), Scope::All, &|_| ());
    let report = Report::new(&claimed, Times::default());
    let device = report.device(NIC.parse().unwrap()).unwrap();
    assert_eq!(device.code.as_deref(), Some("module-missing"));
    assert_eq!(device.fix.as_deref(), Some("install it"));
    let message = format!("{}; install it", device.fact.as_ref().unwrap());
    assert_eq!(device.message.as_ref(), Some(&message));
}

/// Releases the card, which had this driver before.
fn give_back(model: &Model, before: Option<&str>) -> Result<Option<DriverName>, Reason> {
    let one = Return {
        address: NIC.parse().unwrap(),
        driver: Some(DriverName::vfio_pci()),
        before: before.map(|name| name.parse().unwrap()),
    };
    match release(&model.root(), &[one], Duration::from_millis(1)).remove(0) {
        (driver, None) => Ok(driver),
        (_, Some(reason)) => Err(reason),
    }
}

/// Driver and override, `-` for none.
fn held(model: &Model) -> String {
    let path = format!("sys/bus/pci/devices/{NIC}/driver_override");
    let text = model.text(&path).unwrap_or("gone".to_owned());
    let driver = model.driver(NIC).unwrap_or("-".to_owned());
    format!(
        "{driver}, override {}",
        text.trim_end().replace("(null)", "-")
    )
}

const HOST: &str = "e1000e, override -";
const OURS: &str = "vfio-pci, override vfio-pci";

#[test]
fn a_device_goes_and_comes_back() {
    let model = host(Knobs::default());
    let report = bind(&model);
    assert_eq!(
        (held(&model).as_str(), report.devices[0].outcome.as_str()),
        (OURS, "claimed")
    );
    let back = give_back(&model, Some("e1000e"));
    assert_eq!(
        (held(&model).as_str(), back),
        (HOST, "e1000e".parse().map(Some).map_err(|_| unreachable!()))
    );
}

#[test]
fn without_a_driver_before_the_kernel_chooses_and_modprobe_is_asked_for_one() {
    let model = host(Knobs::default());
    let _ = bind(&model);
    let path = format!("sys/bus/pci/devices/{NIC}/modalias");
    let real = model.0.borrow().resolve(path.as_ref(), true);
    assert!(real.is_err());
    let dir = model
        .0
        .borrow()
        .resolve(format!("sys/bus/pci/devices/{NIC}").as_ref(), true)
        .unwrap();
    model
        .0
        .borrow_mut()
        .tree
        .file(dir.join("modalias"), "pci:v00008086d000010D3\n");
    let found = give_back(&model, None).unwrap().unwrap();
    assert_eq!((held(&model).as_str(), found.as_str()), (HOST, "e1000e"));
    let acts = model.acts();
    let ran = acts
        .iter()
        .position(|act| act == "run modprobe -b pci:v00008086d000010D3");
    let unbound = acts
        .iter()
        .position(|act| act.starts_with("unbind 0000:00:03.0 vfio-pci"));
    assert!(ran.is_some() && ran < unbound, "{acts:#?}");
}

#[test]
fn a_device_that_its_driver_does_not_take_back_stays_ours() {
    let model = host(Knobs::default());
    let _ = bind(&model);
    model.0.borrow_mut().knobs.broken = vec!["e1000e".into()];
    let error = give_back(&model, Some("e1000e")).unwrap_err().fact();
    assert!(error.contains("e1000e/bind"), "{error}");
    assert!(error.ends_with("it is on vfio-pci again"), "{error}");
    assert_eq!(held(&model), OURS);
}

#[test]
fn a_device_that_is_not_let_go_of_in_time_goes_back_to_where_it_was() {
    let model = host(Knobs::default());
    let _ = bind(&model);
    model.0.borrow_mut().knobs.stubborn = vec!["vfio-pci".into()];
    let reason = give_back(&model, Some("e1000e")).unwrap_err();
    assert_eq!(reason.code(), "unbind-timeout");
    model.0.borrow_mut().let_go();
    assert_eq!(held(&model), OURS);
}

/// Whether the driver link could not be read.
fn is_blind(fate: &Result<Option<DriverName>, Reason>) -> bool {
    let fact = fate.as_ref().err().map(Reason::fact);
    fact.is_some_and(|fact| fact.contains("cannot read link"))
}

/// Every call of `act` goes wrong in turn on machines made by `made`.
fn each(wrongs: &[Wrong], made: &dyn Fn() -> Model, act: &dyn Fn(&Model, Wrong, &str)) {
    for &what in wrongs {
        for further in 0.. {
            let model = made();
            let before = model.0.borrow().calls.len();
            model.0.borrow_mut().knobs.fault = Some(Fault {
                at: before + further,
                what,
            });
            act(&model, what, &format!("{what:?} at call {further}"));
            if model.0.borrow().faulted.is_none() {
                assert!(further > 3, "only {further} calls");
                break;
            }
        }
    }
}

#[test]
fn a_release_leaves_the_device_to_the_host_or_to_us_whatever_goes_wrong() {
    let made = || {
        let model = host(Knobs::default());
        let _ = bind(&model);
        model
    };
    let check = |model: &Model, _: Wrong, fault: &str| {
        let fate = give_back(model, Some("e1000e"));
        if is_blind(&fate) {
            // Nobody can see who has it; the host does.
            return assert_eq!(held(model), HOST, "{fault}");
        }
        let wanted = if fate.is_ok() { HOST } else { OURS };
        assert_eq!(held(model), wanted, "{fate:?}: {fault}");
        if let Ok(driver) = fate {
            assert_eq!(driver, "e1000e".parse().ok(), "{fault}");
        }
    };
    each(&ERRORS.map(Wrong::Once), &made, &check);
    each(&LASTING.map(Wrong::Always), &made, &check);
    each(&[Wrong::Short], &made, &check);
    each(&[Wrong::Vanish(NIC)], &made, &|model, _, _| {
        let _ = give_back(model, Some("e1000e"));
    });
}

#[test]
fn so_it_is_where_the_host_does_not_take_it_back() {
    let made = || {
        let model = host(Knobs::default());
        let _ = bind(&model);
        model.0.borrow_mut().knobs.broken = vec!["e1000e".into()];
        model
    };
    let check = |model: &Model, wrong: Wrong, fault: &str| {
        let fate = give_back(model, Some("e1000e"));
        let blind = is_blind(&fate);
        let error = fate.unwrap_err().fact();
        let reported =
            blind || matches!(wrong, Wrong::Always(_)) && error.contains("no driver has it now");
        assert!(
            reported || held(model) == OURS,
            "{}, {error}: {fault}",
            held(model)
        );
    };
    each(&ERRORS.map(Wrong::Once), &made, &check);
    each(&LASTING.map(Wrong::Always), &made, &check);
    each(&[Wrong::Short], &made, &check);
}

#[test]
fn a_bind_leaves_the_device_to_us_or_to_the_host_whatever_goes_wrong() {
    for broken in [vec![], vec!["vfio-pci".to_owned()]] {
        let made = || {
            host(Knobs {
                broken: broken.clone(),
                ..Knobs::default()
            })
        };
        let check = |model: &Model, wrong: Wrong, fault: &str| {
            let report = bind(model);
            let outcome = report.devices.first().map(|device| device.outcome.as_str());
            let reported = report
                .warnings
                .iter()
                .any(|warning| warning.code == "not-given-back");
            let lasting = matches!(wrong, Wrong::Always(_));
            let wanted = if outcome == Some("claimed") {
                OURS
            } else {
                HOST
            };
            assert!(
                held(model) == wanted || reported && lasting,
                "{outcome:?} {}: {fault}",
                held(model)
            );
            assert!(!reported || lasting, "{fault}");
        };
        each(&ERRORS.map(Wrong::Once), &made, &check);
        each(&LASTING.map(Wrong::Always), &made, &check);
        each(&[Wrong::Short], &made, &check);
    }
}

#[test]
fn the_report_of_the_boot_is_brought_up_to_it() {
    let boot = Stage::new("vfio-early.ids=01:00.0").run();
    let boot = Report::parse(boot.report.to_string().as_bytes()).unwrap();
    let bound = bind(&host(Knobs::default()));
    let mut report = Report::with_bound(Some(boot.clone()), bound.clone());
    let states = |report: &Report| {
        let state = |device: &vfio_early::report::ReportDevice| {
            format!("{} {}", device.address, device.outcome)
        };
        report.devices.iter().map(state).collect::<Vec<_>>()
    };
    assert_eq!(
        states(&report),
        ["0000:00:03.0 claimed", "0000:01:00.0 claimed"]
    );
    assert_eq!(report.devices[0].driver_before.as_deref(), Some("e1000e"));
    assert_eq!(
        (
            report.mode.as_str(),
            report.requests.len(),
            report.groups.len()
        ),
        ("claim", 2, 2)
    );
    // What is found ours keeps what is known of it.
    let mut again = bound.clone();
    again.devices[0].outcome = "already".to_owned();
    again.devices[0].driver_before = Some("vfio-pci".to_owned());
    assert_eq!(
        Report::with_bound(Some(report.clone()), again).devices,
        report.devices
    );

    let driver: DriverName = "e1000e".parse().unwrap();
    assert!(report.release(NIC.parse().unwrap(), Some(&driver)));
    assert!(!report.release("09:00.0".parse().unwrap(), None));
    assert_eq!(
        states(&report),
        ["0000:00:03.0 released", "0000:01:00.0 claimed"]
    );
    assert_eq!(report.groups.len(), 1);

    let alone = Report::with_bound(None, bound);
    assert_eq!((alone.mode.as_str(), states(&alone).len()), ("bind", 1));
    assert_eq!(Report::parse(&alone.to_json()), Ok(alone));
}
