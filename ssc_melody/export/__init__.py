"""Models for other programs: magenta-js, ONNX, safetensors, each a folder with a model card.

In reading order: `weights` (a model's arrays under today's names), `safetensors`, `magenta_js`,
`onnx_graph`, `card` (what stands in the README.md), `run` (the folder).
"""
