"""The peer: openpyxl, which only reads the workbook (read-only mode) and counts its filled cells; no rule is checked.

usage: peer_openpyxl.py FILE.xlsx
"""
import sys

import openpyxl

sheet = openpyxl.load_workbook(sys.argv[1], read_only=True).active
print(sum(cell is not None for row in sheet.iter_rows(values_only=True) for cell in row), "cells")
