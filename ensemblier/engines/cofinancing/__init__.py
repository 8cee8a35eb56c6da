"""Co-financing: who pays what on each line of sale or gift, exact to the cent."""
