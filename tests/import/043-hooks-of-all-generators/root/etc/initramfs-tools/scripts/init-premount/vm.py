#!/usr/bin/python3
open("/sys/bus/pci/devices/0000:08:00.0/driver_override", "w").write("vfio-pci")
