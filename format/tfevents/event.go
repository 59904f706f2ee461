package tfevents

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// The fields of TensorFlow's messages, by their numbers in event.proto,
// summary.proto, tensor.proto and tensor_shape.proto.
const (
	eventWallTime    = 1 // double, seconds
	eventStep        = 2 // int64
	eventFileVersion = 3 // string
	eventSummary     = 5 // Summary
	eventSessionLog  = 7 // SessionLog

	sessionStatus = 1 // enum
	sessionStart  = 1

	summaryValue  = 1 // repeated Value
	valueTag      = 1 // string
	valueSimple   = 2 // float
	valueImage    = 4 // Image
	valueTensor   = 8 // TensorProto
	valueMetadata = 9 // SummaryMetadata

	imageHeight     = 1
	imageWidth      = 2
	imageColorspace = 3 // 1 gray, 3 RGB, 4 RGBA
	imageEncoded    = 4 // bytes of a PNG

	metadataPlugin = 1 // PluginData
	metadataClass  = 4 // enum
	pluginName     = 1 // string
	classTensor    = 2

	tensorDType     = 1 // enum
	tensorShape     = 2 // TensorShapeProto
	tensorStringVal = 8 // repeated bytes
	dtString        = 7
	shapeDim        = 2 // repeated Dim
	dimSize         = 1 // int64
)

// message is a protocol buffer under construction; its methods append a field.
type message []byte

func (m message) double(n protowire.Number, v float64) message {
	m = protowire.AppendTag(m, n, protowire.Fixed64Type)
	return protowire.AppendFixed64(m, math.Float64bits(v))
}

func (m message) float(n protowire.Number, v float32) message {
	m = protowire.AppendTag(m, n, protowire.Fixed32Type)
	return protowire.AppendFixed32(m, math.Float32bits(v))
}

func (m message) integer(n protowire.Number, v int64) message {
	m = protowire.AppendTag(m, n, protowire.VarintType)
	return protowire.AppendVarint(m, uint64(v))
}

func (m message) bytes(n protowire.Number, v []byte) message {
	m = protowire.AppendTag(m, n, protowire.BytesType)
	return protowire.AppendBytes(m, v)
}

func (m message) text(n protowire.Number, v string) message { return m.bytes(n, []byte(v)) }

// scalar is a Summary.Value of one number, in the form every reader of event
// files knows; TensorBoard turns it into its newer tensor form as it loads it.
func scalar(tag string, v float32) message {
	return message{}.text(valueTag, tag).float(valueSimple, v)
}

// picture is a Summary.Value of one image.
func picture(tag string, height, width, colorspace int, png []byte) message {
	img := message{}.
		integer(imageHeight, int64(height)).
		integer(imageWidth, int64(width)).
		integer(imageColorspace, int64(colorspace)).
		bytes(imageEncoded, png)
	return message{}.text(valueTag, tag).bytes(valueImage, img)
}

// text is a Summary.Value of a string tensor of shape [1], for the text plugin;
// this kind has no older form.
func text(tag, markdown string) message {
	plugin := message{}.text(pluginName, "text")
	metadata := message{}.bytes(metadataPlugin, plugin).integer(metadataClass, classTensor)
	shape := message{}.bytes(shapeDim, message{}.integer(dimSize, 1))
	tensor := message{}.
		integer(tensorDType, dtString).
		bytes(tensorShape, shape).
		text(tensorStringVal, markdown)
	return message{}.text(valueTag, tag).bytes(valueMetadata, metadata).bytes(valueTensor, tensor)
}
