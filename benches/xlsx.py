"""The same file as a workbook, every cell as text.

usage: xlsx.py FILE.csv OUT.xlsx
"""
import csv
import sys

import xlsxwriter

with open(sys.argv[1], newline="", encoding="utf-8") as file:
    book = xlsxwriter.Workbook(sys.argv[2], {"constant_memory": True, "strings_to_numbers": False})
    sheet = book.add_worksheet("CLD")
    for number, row in enumerate(csv.reader(file)):
        for place, cell in enumerate(row):
            if cell:
                sheet.write_string(number, place, cell)
    book.close()
