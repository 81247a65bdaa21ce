"""A fuzzer for everything that reads what strangers made.

    python -m tests.fuzz midi abc --inputs=200000 --seed=7

`readers` is the table: a reader is a function that takes bytes, some seeds, and words of its
format. `mutate` makes inputs, the same for the same seed and number. `child` runs them one after
the other in a process with limits; `run` starts it, and starts it again after a crash or a hang.

An input passes if it is read, or refused with an SscMelodyError of one line, in less than 5 s and
512 MB. Whatever else comes of it is a find, written to fuzz_finds/READER/. Mend it, and put the
input into testdata/fuzz/READER/ (small; made smaller by hand, if need be): tests/core/test_fuzz.py
runs those for ever.
"""
