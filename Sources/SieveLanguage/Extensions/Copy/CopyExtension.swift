/// copy (RFC 3894), whole: `:copy` for fileinto and redirect, which leaves the implicit keep in force.
///
/// Limits: none of its own.
enum CopyExtension {
    static let words = SieveExtension(tags: [TagRule("copy", .copy, on: ["fileinto", "redirect"])])
}
