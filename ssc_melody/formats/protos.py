"""The protobuf messages of bundles, checkpoints, graphs and pieces, built from a table of fields.

Follows Magenta's ``generator.proto`` and TensorFlow's ``saved_tensor_slice``, ``tensor_bundle``,
``meta_graph``, ``graph``, ``node_def``, ``attr_value``, ``tensor`` and ``tensor_shape`` protos:
same field numbers and types, hence the same bytes. Package name and descriptor pool are our own,
because two messages of one full name in a process clash.

Left out: fields that nobody here reads (protobuf keeps them as unknown ones and writes them back),
enum names (an enum is an int32 on the wire) and map fields (``attr`` and ``collection_def`` are
repeated entries of ``key`` and ``value``, as they are on the wire).
"""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError, Message

from ssc_melody.errors import FormatError

_PACKAGE = "ssc_melody.wire"

# message -> fields: name, number, type. "*" before a type: repeated. "name|group": member of the
# oneof `group`, so that HasField tells a stored zero from a missing one.
_FIELDS: dict[str, str] = {
    # Magenta: a bundle (.mag).
    "GeneratorDetails": "id 1 string, description 2 string",
    "BundleDetails": "description 1 string",
    "GeneratorBundle": """
        generator_details 1 GeneratorDetails, checkpoint_file 2 *bytes,
        metagraph_file 3 bytes, bundle_details 4 BundleDetails""",
    # TensorFlow: shapes, slices, tensors.
    "VersionDef": "producer 1 int32, min_consumer 2 int32",
    "Dim": "size 1 int64, name 2 string",
    "TensorShapeProto": "dim 2 *Dim, unknown_rank 3 bool",
    "Extent": "start 1 int64, length|has_length 2 int64",
    "TensorSliceProto": "extent 1 *Extent",
    "TensorProto": """
        dtype 1 int32, tensor_shape 2 TensorShapeProto, tensor_content 4 bytes,
        float_val 5 *float, double_val 6 *double, int_val 7 *int32, string_val 8 *bytes,
        int64_val 10 *int64, bool_val 11 *bool""",
    # A TensorProto whose packed floats come as the raw little-endian bytes that they are on the
    # wire: millions of numbers become an array without a Python float each.
    "PackedTensor": """
        float_val 5 *bytes, double_val 6 *bytes, int_val 7 *int32, int64_val 10 *int64""",
    # TensorFlow: a V1 checkpoint. Key "" of its table holds `meta`, every other key `data`.
    "SavedSliceMeta": """
        name 1 string, shape 2 TensorShapeProto, type 3 int32, slice 4 *TensorSliceProto""",
    "SavedTensorSliceMeta": "tensor 1 *SavedSliceMeta, versions 2 VersionDef",
    "SavedSlice": "name 1 string, slice 2 TensorSliceProto, data 3 PackedTensor",
    "SavedTensorSlices": "meta 1 SavedTensorSliceMeta, data 2 SavedSlice",
    # TensorFlow: the index of a V2 checkpoint. Key "" holds the header, every other key an entry.
    "BundleHeaderProto": "num_shards 1 int32, endianness 2 int32, version 3 VersionDef",
    "BundleEntryProto": """
        dtype 1 int32, shape 2 TensorShapeProto, shard_id 3 int32, offset 4 int64,
        size 5 int64, crc32c 6 fixed32, slices 7 *TensorSliceProto""",
    # TensorFlow: a metagraph.
    "ListValue": """
        s 2 *bytes, i 3 *int64, f 4 *float, b 5 *bool, type 6 *int32,
        shape 7 *TensorShapeProto, tensor 8 *TensorProto""",
    "AttrValue": """
        list|value 1 ListValue, s|value 2 bytes, i|value 3 int64, f|value 4 float,
        b|value 5 bool, type|value 6 int32, shape|value 7 TensorShapeProto,
        tensor|value 8 TensorProto""",
    "AttrEntry": "key 1 string, value 2 AttrValue",
    "NodeDef": "name 1 string, op 2 string, input 3 *string, device 4 string, attr 5 *AttrEntry",
    "GraphDef": "node 1 *NodeDef, versions 4 VersionDef",
    "MetaInfoDef": """
        meta_graph_version 1 string, tags 4 *string, tensorflow_version 5 string,
        tensorflow_git_version 6 string""",
    "NodeList": "value 1 *string",
    "BytesList": "value 1 *bytes",
    "CollectionDef": "node_list|kind 1 NodeList, bytes_list|kind 2 BytesList",
    "CollectionDefEntry": "key 1 string, value 2 CollectionDef",
    "MetaGraphDef": """
        meta_info_def 1 MetaInfoDef, graph_def 2 GraphDef, collection_def 4 *CollectionDefEntry""",
    # note-seq: a piece of music, as far as melodies are taken from it.
    "SequenceTimeSignature": "time 1 double, numerator 2 int32, denominator 3 int32",
    "SequenceTempo": "time 1 double, qpm 2 double",
    "SequenceNote": """
        pitch 1 int32, velocity 2 int32, start_time 3 double, end_time 4 double,
        instrument 7 int32, program 8 int32, is_drum 9 bool""",
    "InstrumentInfo": "instrument 1 int32, name 2 string",
    "TextAnnotation": "time 1 double, text 2 string, annotation_type 3 int32",
    "NoteSequence": """
        id 1 string, filename 2 string, ticks_per_quarter 4 int32,
        time_signatures 5 *SequenceTimeSignature, tempos 7 *SequenceTempo,
        notes 8 *SequenceNote, total_time 9 double, text_annotations 14 *TextAnnotation,
        quantization_info 15 bytes,
        instrument_infos 23 *InstrumentInfo""",
}

_SCALARS = {
    "bool": descriptor_pb2.FieldDescriptorProto.TYPE_BOOL,
    "bytes": descriptor_pb2.FieldDescriptorProto.TYPE_BYTES,
    "double": descriptor_pb2.FieldDescriptorProto.TYPE_DOUBLE,
    "fixed32": descriptor_pb2.FieldDescriptorProto.TYPE_FIXED32,
    "float": descriptor_pb2.FieldDescriptorProto.TYPE_FLOAT,
    "int32": descriptor_pb2.FieldDescriptorProto.TYPE_INT32,
    "int64": descriptor_pb2.FieldDescriptorProto.TYPE_INT64,
    "string": descriptor_pb2.FieldDescriptorProto.TYPE_STRING,
}


def _add_field(message: Any, row: str) -> None:
    """Adds one field, written as ``name[|oneof] number [*]type``, to a DescriptorProto."""
    name, number, kind = row.split()
    name, _, group = name.partition("|")
    field = message.field.add(name=name, number=int(number))
    field.label = field.LABEL_REPEATED if kind[0] == "*" else field.LABEL_OPTIONAL
    kind = kind.lstrip("*")
    if kind in _SCALARS:
        field.type = _SCALARS[kind]
    else:
        field.type = field.TYPE_MESSAGE
        field.type_name = f".{_PACKAGE}.{kind}"
    if group:
        if not message.oneof_decl:
            message.oneof_decl.add(name=group)
        field.oneof_index = 0


def _build() -> dict[str, Any]:
    """Turns the table into message classes that live in a descriptor pool of their own."""
    file = descriptor_pb2.FileDescriptorProto(
        name="ssc_melody/wire.proto", package=_PACKAGE, syntax="proto3"
    )
    for name, rows in _FIELDS.items():
        message = file.message_type.add(name=name)
        for row in rows.split(","):
            _add_field(message, row)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}"))
        for name in _FIELDS
    }


_CLASSES = _build()

GeneratorBundle: Any = _CLASSES["GeneratorBundle"]
MetaGraphDef: Any = _CLASSES["MetaGraphDef"]
SavedTensorSlices: Any = _CLASSES["SavedTensorSlices"]
BundleHeaderProto: Any = _CLASSES["BundleHeaderProto"]
BundleEntryProto: Any = _CLASSES["BundleEntryProto"]
NoteSequence: Any = _CLASSES["NoteSequence"]


def parse(message_class: Any, data: bytes) -> Any:
    """Parses the bytes of one message.

    Args:
        message_class: One of the classes of this module.
        data: The serialized message.

    Returns:
        The message.

    Raises:
        FormatError: The bytes are not such a message.
    """
    message: Message = message_class()
    try:
        message.ParseFromString(data)
    except (DecodeError, ValueError) as error:  # ValueError: pure-Python protobuf, on bad UTF-8
        kind = message_class.DESCRIPTOR.name
        raise FormatError(
            f"expected a {kind} message, found {len(data)} bytes that are none"
            " (damaged or cut short)"
        ) from error
    return message
