// swift-tools-version: 6.2
import PackageDescription

// The parsers, built from the same sources (by links) with a fuzzer's instruments in them; see `run`.

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
]

let rooms: [Target] = [
    .target(name: "MailBytes", dependencies: [nioCore]),
    .target(name: "MailTypes", dependencies: [nioCore]),
    .target(name: "MIME", dependencies: ["MailBytes", "MailTypes", nioCore]),
    .target(name: "SMTPWire", dependencies: ["MailBytes", "MailTypes", nioCore]),
    .target(name: "IMAPWire", dependencies: ["MailBytes", "MailTypes", nioCore]),
    .target(name: "POP3Wire", dependencies: ["MailBytes", "MailTypes", nioCore]),
    .target(name: "SASL", dependencies: ["MailBytes", "MailTypes", crypto, cryptoExtras]),
    .target(name: "SieveLanguage", dependencies: ["MIME", "MailBytes", "MailTypes", nioCore]),
    .target(name: "FuzzDriver"),
]

func fuzzer(_ name: String, _ room: Target.Dependency) -> Target {
    .executableTarget(name: name, dependencies: [room, "FuzzDriver", "MailBytes", "MailTypes", nioCore])
}

let package = Package(
    name: "martlet-fuzz",
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    ],
    targets: rooms + [
        fuzzer("fuzz-smtp", "SMTPWire"),
        fuzzer("fuzz-smtp-replies", "SMTPWire"),
        fuzzer("fuzz-imap", "IMAPWire"),
        fuzzer("fuzz-pop3", "POP3Wire"),
        fuzzer("fuzz-mime", "MIME"),
        fuzzer("fuzz-sasl", "SASL"),
        fuzzer("fuzz-sieve", "SieveLanguage"),
    ]
)

for target in package.targets { target.swiftSettings = settings }
