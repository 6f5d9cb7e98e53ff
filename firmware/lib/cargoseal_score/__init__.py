"""The anomaly score of a window: integers that node, gateway and contract agree on, bit for bit.

A window's readings become a vector of int8 inputs (`features`), a small int8 autoencoder tries to
reproduce that vector (`infer`), and the score is the squared error. Model and feature table come
from one immutable blob (`blob`), named by its SHA-256.

Rules of this package: it runs on CPython and on MicroPython, imports only `array`, `binascii`,
`hashlib`, `math` and `struct`, and never computes with a float.
"""
