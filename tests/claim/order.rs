//! What a claim writes and loads, and in which order.

use vfio_early::config::Request;
use vfio_early::host::image::build;
use vfio_early::machine::ProtectList;

use crate::stage::{DISK, DISPLAY, MODULES, NIC, Run, Stage, machine};
use crate::support::model::{Knobs, Model};

const BOTH: &str = "vfio-early.ids=01:00.0,00:03.0";
const XZ: &str = "\
module vfio/pci/vfio-pci.ko.xz: vfio/pci/vfio-pci-core.ko.xz vfio/vfio.ko.xz
module vfio/vfio_iommu_type1.ko.xz: vfio/vfio.ko.xz
";

fn assert_both_claimed(run: &Run) {
    for address in [DISK, NIC] {
        assert_eq!(run.fate(address), "claimed");
        assert_eq!(run.held(address), "vfio-pci, override vfio-pci");
    }
    assert!(run.satisfied);
}

#[test]
fn every_override_is_written_before_the_first_module_is_loaded() {
    let run = Stage::new("vfio-early.ids=01:00.0,00:03.0 pci-stub.ids=1234:1111").run();
    let acts = run.model.acts();
    let last = acts.iter().rposition(|act| act.contains("driver_override"));
    assert!(last < Some(run.first("load")), "{acts:#?}");
    assert_eq!(run.all("write \"pci-stub\"").len(), 1);
    assert_eq!(run.held(DISPLAY), "pci-stub, override pci-stub");
    assert_both_claimed(&run);
}

#[test]
fn nothing_is_written_for_a_device_that_is_not_requested() {
    let run = Stage::new("vfio-early.ids=01:00.0").run();
    assert_eq!(run.fate(DISK), "claimed");
    let acts = run.model.acts();
    for address in [NIC, DISPLAY, "0000:00:01.0"] {
        assert!(
            !acts.iter().any(|act| act.contains(address)),
            "{address}: {acts:#?}"
        );
    }
    assert_eq!(run.held(NIC), "e1000e, override -");
}

#[test]
fn modules_are_loaded_in_the_order_of_their_dependencies_and_the_companion_last() {
    let run = Stage::new(BOTH).run();
    let wanted = [
        "irqbypass",
        "vfio",
        "vfio_pci_core",
        "vfio_pci",
        "vfio_iommu_type1",
    ];
    assert_eq!(
        run.all("load"),
        wanted.map(|module| format!("load {module}"))
    );
    assert_both_claimed(&run);
}

#[test]
fn what_is_loaded_is_not_loaded_again() {
    let facts = format!("loaded irqbypass vfio\n{MODULES}");
    let run = Stage::on(&machine(&facts), BOTH).run();
    let wanted = [
        "load vfio_pci_core",
        "load vfio_pci",
        "load vfio_iommu_type1",
    ];
    assert_eq!(run.all("load"), wanted);
    assert_both_claimed(&run);

    let facts = "registered vfio-pci\nbuiltin vfio_pci vfio vfio_iommu_type1\n";
    let run = Stage::on(&machine(facts), BOTH).run();
    assert_eq!(run.all("load"), [""; 0]);
    assert_both_claimed(&run);
}

#[test]
fn without_vfio_iommu_type1_the_claim_stands() {
    let knobs = Knobs {
        unloadable: vec!["vfio_iommu_type1".into()],
        ..Knobs::default()
    };
    let run = Stage::new(BOTH).knobs(knobs).run();
    assert!(run.first("load vfio_iommu_type1") > run.first("load vfio_pci"));
    assert_eq!(run.warnings(None), [""; 0]);
    assert_both_claimed(&run);
}

#[test]
fn options_of_command_line_and_modprobe_d_reach_the_module_but_ids_never() {
    let cmdline = "vfio-pci.ids=1b36:0010 vfio_pci.disable_idle_d3=1 vfio-early.ids=00:03.0 \
                   vfio_iommu_type1.allow_unsafe_interrupts=1 other.x=1";
    let run = Stage::new(cmdline)
        .file(
            "etc/modprobe.d/vfio.conf",
            "options vfio-pci disable_vga=1 ids=1234:1111\nsoftdep nvme pre: vfio-pci\n",
        )
        .file(
            "lib/modprobe.d/vfio.conf",
            "options vfio-pci nointxmask=1\n",
        )
        .run();
    assert_eq!(
        run.all("load vfio_pci "),
        ["load vfio_pci disable_vga=1 disable_idle_d3=1"]
    );
    assert_eq!(
        run.all("load vfio_iommu_type1"),
        ["load vfio_iommu_type1 allow_unsafe_interrupts=1"]
    );
    assert_eq!(run.warnings(None), ["ids-not-passed"]);
    assert_eq!(run.held(DISPLAY), "-, override -");
    assert_both_claimed(&run);
}

#[test]
fn a_module_that_the_kernel_can_unpack_needs_no_modprobe() {
    let run = Stage::on(&machine(XZ), BOTH).run();
    assert_eq!(run.all("run"), [""; 0]);
    assert_both_claimed(&run);
}

#[test]
fn a_module_that_the_kernel_cannot_unpack_goes_to_modprobe_with_an_empty_list_of_ids() {
    let knobs = Knobs {
        no_decompression: true,
        ..Knobs::default()
    };
    let run = Stage::on(&machine(XZ), BOTH).knobs(knobs).run();
    assert_eq!(
        run.all("run").first().map(String::as_str),
        Some("run modprobe -- vfio_pci ids=")
    );
    assert!(run.first("write \"vfio-pci\"") < run.first("run"));
    assert_both_claimed(&run);
}

#[test]
fn without_modprobe_either_every_override_is_cleared_and_the_host_keeps_its_devices() {
    let knobs = Knobs {
        no_decompression: true,
        no_modprobe: true,
        ..Knobs::default()
    };
    let run = Stage::on(&machine(XZ), BOTH).knobs(knobs).run();
    assert_eq!(run.fate(DISK), "failed module-load-failed");
    assert_eq!(run.fate(NIC), "failed module-load-failed");
    assert_eq!(run.held(DISK), "-, override -");
    assert_eq!(run.held(NIC), "e1000e, override -");
    assert_eq!(run.all("unbind"), [""; 0]);
    assert!(!run.satisfied);
}

#[test]
fn a_dependency_that_does_not_load_fails_its_driver_and_no_other() {
    let knobs = Knobs {
        unloadable: vec!["vfio".into()],
        ..Knobs::default()
    };
    let run = Stage::new("vfio-early.ids=00:03.0 pci-stub.ids=1b36:0010")
        .knobs(knobs)
        .run();
    assert_eq!(run.fate(NIC), "failed module-load-failed");
    let message = run.device(NIC)["message"].as_str().unwrap();
    assert!(
        message.contains("vfio/vfio.ko: No such device"),
        "{message}"
    );
    assert_eq!(run.held(NIC), "e1000e, override -");
    assert_eq!(run.fate(DISK), "claimed");
    assert_eq!(run.held(DISK), "pci-stub, override pci-stub");
    assert_eq!(run.all("load vfio_pci"), [""; 0]);
}

#[test]
fn a_driver_that_the_image_lacks_leaves_every_file_alone() {
    let run = Stage::on(&machine(""), BOTH).run();
    assert_eq!(run.fate(DISK), "failed module-missing");
    assert_eq!(run.fate(NIC), "failed module-missing");
    assert_eq!(run.model.acts(), [""; 0]);
    assert!(!run.satisfied);
}

#[test]
fn a_variant_driver_gets_its_options_and_never_a_list_of_ids() {
    let facts = format!("module vfio/mlx5-vfio-pci.ko: vfio/vfio.ko\n{MODULES}");
    let cmdline = "vfio-early.ids=01:00.0 vfio-early.driver=mlx5_vfio_pci \
                   mlx5-vfio-pci.ids=1234:1111 mlx5_vfio_pci.depth=2";
    let run = Stage::on(&machine(&facts), cmdline).run();
    assert_eq!(
        run.all("load mlx5_vfio_pci"),
        ["load mlx5_vfio_pci depth=2"]
    );
    assert_eq!(run.held(DISK), "mlx5_vfio_pci, override mlx5_vfio_pci");
    assert_eq!(run.held(DISPLAY), "-, override -");
}

/// The usual machine with a variant of vfio-pci that is made for its disk; its driver is not spelled as its module.
pub fn variant_table() -> String {
    let alias = "alias vfio_pci:v00001B36d00000010sv*sd*bc*sc*i* xe_vfio_pci\n";
    let module =
        "module vfio/pci/xe-vfio-pci.ko: vfio/pci/vfio-pci-core.ko vfio/vfio.ko lib/irqbypass.ko\n";
    machine(&format!("{MODULES}{module}{alias}"))
}

#[test]
fn a_variant_driver_is_chosen_and_found_by_its_module_whatever_its_name() {
    let run = Stage::on(&variant_table(), "vfio-early.ids=01:00.0,00:03.0").run();
    let order = [
        run.first("write \"xe_vfio_pci\" sys/bus/pci/devices/0000:01:00.0/driver_override"),
        run.first("load xe_vfio_pci"),
        run.first("write \"xe-vfio-pci\" sys/bus/pci/devices/0000:01:00.0/driver_override"),
        run.first("write \"0000:01:00.0\" sys/bus/pci/drivers/xe-vfio-pci/bind"),
    ];
    assert!(order.is_sorted(), "{order:?}");
    assert_eq!(run.held(DISK), "xe-vfio-pci, override xe-vfio-pci");
    assert_eq!(run.held(NIC), "vfio-pci, override vfio-pci");
    let reported =
        ["driver_wanted", "driver_after", "outcome"].map(|key| run.device(DISK)[key].clone());
    assert_eq!(reported, ["xe-vfio-pci", "xe-vfio-pci", "claimed"]);
    assert!(run.satisfied && run.warnings(None).is_empty());
}

#[test]
fn without_the_module_of_its_variant_a_device_gets_vfio_pci_with_a_warning() {
    let table = variant_table().replace("xe-vfio-pci.ko", "other-vfio-pci.ko");
    let run = Stage::on(&table, "vfio-early.ids=01:00.0").run();
    assert_eq!(run.held(DISK), "vfio-pci, override vfio-pci");
    assert_eq!(run.warnings(Some(DISK)), ["variant-missing"]);
    assert!(run.satisfied);
}

#[test]
fn a_driver_that_its_user_spells_as_its_module_is_found_too() {
    let run = Stage::on(
        &variant_table(),
        "vfio-early.ids=00:03.0 vfio-early.driver=xe_vfio_pci",
    )
    .run();
    assert_eq!(run.held(NIC), "xe-vfio-pci, override xe-vfio-pci");
}

#[test]
fn the_aliases_are_read_from_their_index_where_an_image_has_only_that() {
    let key = "vfio_pci:v00001B36d00000010sv*sd*bc*sc*i*";
    let any = "vfio_pci:v*d*sv*sd*bc*sc*i*";
    let entries = [(key, "xe_vfio_pci"), (any, "vfio_pci"), ("pci:v*", "x")];
    let mut tree = Stage::on(&variant_table(), "vfio-early.ids=01:00.0").tree();
    tree.0
        .remove(std::path::Path::new("lib/modules/6.1.0/modules.alias"));
    tree.file(
        "lib/modules/6.1.0/modules.alias.bin",
        crate::index::of_pairs(&entries),
    );
    let run = Run::new(tree, Knobs::default());
    assert_eq!(run.held(DISK), "xe-vfio-pci, override xe-vfio-pci");
}

#[test]
fn the_universal_image_brings_the_variants_for_this_machine() {
    let mut tree = Stage::on(&variant_table(), "").tree();
    tree.file("proc/self/exe", "the program");
    let model = Model::new(tree, Knobs::default());
    let (request, protect) = (Request::default(), ProtectList::default());
    let image = build(&model.root(), "6.1.0", &request, &protect).unwrap();
    let image = String::from_utf8_lossy(&image).into_owned();
    for text in [
        "alias vfio_pci:v00001B36d00000010sv*sd*bc*sc*i* xe_vfio_pci\n",
        "lib/modules/6.1.0/vfio/pci/xe-vfio-pci.ko\0",
        "vfio/pci/xe-vfio-pci.ko: vfio/pci/vfio-pci-core.ko",
    ] {
        assert!(image.contains(text), "{text:?} is not in the image");
    }
}

#[test]
fn no_alias_is_read_where_every_driver_is_named() {
    let reads_aliases = |cmdline: &str| {
        let run = Stage::on(&variant_table(), cmdline).run();
        assert_eq!(run.held(NIC), "vfio-pci, override vfio-pci");
        let kernel = run.model.0.borrow();
        let mut calls = kernel.calls.iter();
        calls.any(|call| call.contains("modules.alias"))
    };
    assert!(reads_aliases("vfio-early.ids=00:03.0"));
    assert!(!reads_aliases(
        "vfio-early.ids=00:03.0 vfio-early.driver=vfio-pci"
    ));
}
