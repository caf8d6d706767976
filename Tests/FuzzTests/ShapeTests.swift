import FuzzTargets
import Testing

/// Inputs made to be slow or big, of a size that the ordinary tests can afford.
///
/// What they cost is measured by `fuzz TARGET shapes OCTETS`.
@Suite("fuzzers' shapes")
struct ShapeTests {
    /// One of a target's shapes, by its place, so that it can be handed to another process.
    struct Place: Codable, Sendable, CustomTestStringConvertible {
        let target: FuzzTarget
        let index: Int

        var shape: Shape { Shape.all(for: self.target)[self.index] }
        var testDescription: String { "\(self.target): \(self.shape)" }

        static let all = FuzzTarget.allCases.flatMap { target in
            Shape.all(for: target).indices.map { Place(target: target, index: $0) }
        }
    }

    @Test("one thing over and over is read as its target demands", arguments: Place.all)
    func shapes(_ place: Place) async {
        await #expect(processExitsWith: .success, "\(place.testDescription) makes a trap spring") { [place] in
            demand(place.target, place.shape.bytes(octets: 6_000))
        }
    }
}
