import openpyxl, xlsxwriter, datetime, sys
wb=openpyxl.Workbook(); ws=wb.active; ws.title="Users"
ws.append(["Users of CORPDB1"]); ws.merge_cells("A1:E1"); ws.append([])
ws.append(["Id","EMail","Since","Active","Role"])
ws.append([417,"ada@contoso.example",datetime.date(2026,11,27),True,"General"]); ws["A4"].number_format="00000"
ws.append([1234567890123,"grace@contoso.example",datetime.datetime(2026,11,27,8,30),False,"=1+1"])
ws.append([418,"line\nbreak  ",None,None,"x"]); ws.row_dimensions[6].hidden=True
ws.auto_filter.ref="A3:E6"
h=wb.create_sheet("Lists"); h.sheet_state="hidden"; h.append(["General"])
wb.create_sheet("Summary").append(["all",3])
wb.save("openpyxl.xlsx")
wb=xlsxwriter.Workbook("xlsxwriter.xlsx"); ws=wb.add_worksheet("Users")
f=wb.add_format({"num_format":"00000"}); d=wb.add_format({"num_format":"dd/mm/yyyy"}); b=wb.add_format({"bold":1})
ws.write_row(0,0,["Id","EMail","Since","Role"])
ws.write_number(1,0,417,f); ws.write_url(1,1,"mailto:ada@contoso.example",string="ada@contoso.example"); ws.write_datetime(1,2,datetime.date(2026,11,27),d); ws.write_formula(1,3,'=CONCATENATE("a","b")',None,"ab")
ws.write_rich_string(2,1,"bo",b,"@contoso",".example"); ws.write_blank(3,0,None,f); ws.write_string(2,0,"00418")
wb.add_chartsheet("Chart")
wb.close()
