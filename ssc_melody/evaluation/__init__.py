"""How good a model is: fit, music metrics, the Music Turing test, a listening page."""
