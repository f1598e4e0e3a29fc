"""What the programs of bin/ run: start.py PROGRAM ARGUMENTS, where kubeadm, kubelet, crictl or containerd is the program."""

import os
import sys
from importlib import import_module

sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.exit(import_module(f"practice.{sys.argv[1]}_cli").main(sys.argv[2:]))
