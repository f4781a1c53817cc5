"""Conditional forests of one column given others: growing, leaf laws, order of columns, sampling."""
