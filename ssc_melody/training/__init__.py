"""Training on TensorFlow, interchangeable with Magenta's and faster.

To be read in this order: `data` (files to melodies), `batches` (melodies to arrays), `variables`,
`lstm` and `attention` (layers over whole sequences), `graph` (loss, gradients, Adam), `modern` (old
bundles), `checkpoints`, `history` (summaries and curves), `loop`, `evaluation`. Importing this
package alone imports no TensorFlow.
"""
