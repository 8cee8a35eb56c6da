"""A plan with every kind of formula, for the live spreadsheet."""

# Every kind of formula: spans, one-off amounts, steps with aid, a loan that outlives the plan, cash
# that comes after its end.
EVERYTHING = """name = "tout"
start = "2027-04"
opening_cash = 100000
basket = "w"
aci_limit = 12.5
aci_limits = "autre 40"
vat_liable = true
inflation = 2.35
wage_rise = 1.15
food_rise = 3.05
[[volume]]
id = "v"
yearly = 1234.567
first = "2028-06"
last = "2031-02"
growth = 3.3
[[volume]]
id = "w"
of = "v"
rate = 0.333333
yield = 71.5
loss = 3.25
[[sale]]
id = "s"
volume = "w"
share = 33.33
price = 7.7777
index = "food"
delay = 2
perimeter = "ACI:autre"
[[cost]]
id = "c"
kind = "food"
volume = "v"
price = 1.2345
delay = 1
[[cost]]
id = "d"
kind = "training"
once = 777.77
first = "2029-05"
perimeter = "ACI"
[[cost]]
id = "u"
kind = "food"
yearly = 25001
producers = 2
first = "2027-09"
[[round]]
id = "r"
yearly = 33.5
km = 12.3
price = 0.4567
[[round]]
id = "t"
volume = "v"
load = 40
km = 12.3
price = 0.4567
[[post]]
id = "p"
monthly = 1777.77
volume = "v"
capacity = 61.5
number = 1
aid = "ACI"
hours = 26
absence = 7.5
replaced = 40
turnover = 33
hiring = 321.5
training = 12.5
[[post]]
id = "q"
monthly = 1999.99
number = 0.333
aid = "aided"
aid_yearly = 7777.77
aid_last = "2029-07"
[[in_kind]]
id = "k"
yearly = 3333.33
[[in_kind]]
id = "l"
hours = 12.25
price = 13.37
[[in_kind]]
id = "m"
volume = "w"
price = 0.6666
charge = "860"
resource = "875"
[[equipment]]
id = "e"
price = 12345.67
life = 84
loan = 9876.54
rate = 3.85
term = 84
first = "2028-01"
[[equipment]]
id = "f"
price = 1000
life = 7
loan = 500
term = 7
[[resource]]
id = "g"
payer = "a"
code = "74C"
regime = "agricultural"
farms = 2
yearly = 41111.11
delay = 24
first = "2027-09"
[[resource]]
id = "h"
payer = "a"
once = 4444.44
spread = 70
delay = 6
first = "2031-12"
[[resource]]
id = "i"
payer = "a"
volume = "w"
price = 1.1111
delay = 3
code = "74C"
complement = true
regime = "agricultural"
[[resource]]
id = "j"
payer = "b"
yearly = 999.99
payment = "monthly"
delay = 1
last = "2030-03"
[[resource]]
id = "n"
payer = "b"
once = 321.09
"""
