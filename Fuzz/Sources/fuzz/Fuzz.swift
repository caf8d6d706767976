import FuzzTargets
import Glibc

// fuzz TARGET [OPTION…] [FOLDER or FILE…]: libFuzzer for one of the targets; its own options follow the name.
// fuzz TARGET shapes OCTETS: how long inputs take that were made to be slow; twice the octets must take twice as long.

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ argc: UnsafeMutablePointer<CInt>,
    _ argv: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ target: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// The fuzzer starts itself again for some of its work, and passes on its options only.
private let targetVariable = "MARTLET_FUZZ_TARGET"

private let target: FuzzTarget = {
    guard let name = getenv(targetVariable), let target = FuzzTarget(rawValue: String(cString: name)) else {
        print("usage: fuzz \(FuzzTarget.allCases.map(\.rawValue).joined(separator: "|")) [OPTION…] [FOLDER or FILE…]")
        exit(2)
    }
    return target
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do {
        try target.check(Array(UnsafeBufferPointer(start: bytes, count: count)))
    } catch {
        fatalError("BROKEN: \(error)")
    }
    return 0
}

@main
enum Fuzz {
    static func main() {
        var argc = CommandLine.argc
        var argv = CommandLine.unsafeArgv
        if argc > 1, let name = argv[1], FuzzTarget(rawValue: String(cString: name)) != nil {
            setenv(targetVariable, name, 1)
            argv[1] = argv[0]
            argv += 1
            argc -= 1
        }
        let words = CommandLine.arguments
        if words.count == 4, words[2] == "shapes", let octets = Int(words[3]) {
            Self.measureShapes(octets)
        } else {
            exit(runDriver(&argc, &argv, fuzzOne))
        }
    }

    private static func measureShapes(_ octets: Int) {
        for shape in Shape.all(for: target) {
            var times: [Duration] = []
            for size in [octets / 4, octets / 2, octets] {
                let input = shape.bytes(octets: size)
                times.append(ContinuousClock().measure { _ = fuzzOne(input, input.count) })
            }
            print(shape.name, times.map { "\($0)" }.joined(separator: "  "), separator: "\t")
        }
    }
}
