import FuzzDriver
import NIOCore
import SMTPWire

/// Property: whatever the bytes and however they are cut, the framer gives the same frames, the parser never traps, and
/// nothing is kept that was not sent.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = ByteBuffer(bytes: UnsafeRawBufferPointer(start: bytes, count: count))
    let whole = frames(of: input, step: max(1, count))
    precondition(frames(of: input, step: 1) == whole, "frames depend on where the bytes are cut")
    return 0
}

private func frames(of input: ByteBuffer, step: Int) -> [String] {
    var framer = SMTPFramer()
    var input = input
    var seen: [String] = []
    var body = ByteBuffer()
    while let piece = input.readSlice(length: min(step, input.readableBytes)), piece.readableBytes > 0 {
        framer.append(piece)
        drain(&framer, &seen, &body)
    }
    seen.append("body \(body.readableBytes)")
    return seen
}

private func drain(_ framer: inout SMTPFramer, _ seen: inout [String], _ body: inout ByteBuffer) {
    let parser = SMTPCommandParser(dialect: .smtp, extensions: .all)
    while true {
        if framer.isInBody {
            let progress = framer.takeBody(into: &body)
            if progress == .needsMore { return }
            seen.append("\(progress)")
            _ = framer.resume(.commands)
            continue
        }
        guard let frame = framer.nextFrame() else { return }
        seen.append("\(frame)")
        guard case .command(let line) = frame else {
            if framer.isStopped { _ = framer.resume(.commands) }
            continue
        }
        let command = try? parser.parse(line)
        if framer.isStopped {
            switch command {
            case .data: _ = framer.resume(.dataBody)
            case .bdat(let octets, let isLast): _ = framer.resume(.bdat(octets: octets, isLast: isLast))
            default: _ = framer.resume(.commands)
            }
        }
    }
}

@main
enum FuzzSMTP {
    static func main() { fuzz(fuzzOne) }
}
