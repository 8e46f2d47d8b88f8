#!/bin/bash
# What dracut does with a module that is not in use, without a configuration.

check() {
    return 255
}

installkernel() {
    instmods e1000
}
