import FuzzDriver
import MIME
import NIOCore

/// Property: whatever the message, its parts lie inside it, its wire forms are balanced, and its size bounds them.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let message = Array(UnsafeRawBufferPointer(start: bytes, count: count))
    let structure = MIMEStructure.parse(message.span)
    for part in structure.parts {
        precondition(part.header.lowerBound >= 0 && part.header.upperBound <= count)
        precondition(part.body.lowerBound >= 0 && part.body.upperBound <= count)
    }
    let facts = MessageFacts.compute(of: message.span, structure: structure)
    precondition(facts.envelope.readableBytes <= 64 * count + 4_096)
    var scanner = HeaderScanner()
    while let field = scanner.next(in: message.span) {
        precondition(field.whole.upperBound <= count)
        _ = HeaderText.decode(message.span.extracting(field.value))
    }
    return 0
}

@main
enum FuzzMIME {
    static func main() { fuzz(fuzzOne) }
}
