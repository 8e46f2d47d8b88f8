#!/usr/bin/bash
echo -n 0000:01:00.0 > /sys/bus/pci/drivers/pciback/new_slot
