// swift-tools-version: 6.2
import PackageDescription

// The rooms that read foreign bytes, built from the same sources (by links) with a fuzzer's instruments in them; see
// `run`.

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
    .enableUpcomingFeature("ImmutableWeakCaptures"),
]

let package = Package(
    name: "martlet-fuzz",
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    ],
    targets: [
        .target(name: "MailBytes", dependencies: [nioCore]),
        .target(name: "MailTypes", dependencies: [nioCore]),
        .target(name: "MIME", dependencies: ["MailBytes", "MailTypes", nioCore]),
        .target(name: "SMTPWire", dependencies: ["MailBytes", "MailTypes", nioCore]),
        .target(name: "IMAPWire", dependencies: ["MailBytes", "MailTypes", nioCore]),
        .target(name: "POP3Wire", dependencies: ["MailBytes", "MailTypes", nioCore]),
        .target(name: "ManageSieveWire", dependencies: ["MailBytes", "MailTypes", nioCore]),
        .target(name: "SASL", dependencies: ["MailBytes", "MailTypes", crypto, cryptoExtras]),
        .target(name: "SenderAuth", dependencies: ["MIME", "MailBytes", "MailTypes", crypto, cryptoExtras]),
        .target(name: "SieveLanguage", dependencies: ["MIME", "MailBytes", "MailTypes", nioCore]),
        .target(
            name: "FuzzTargets",
            dependencies: [
                "MailBytes", "MailTypes", "MIME", "SMTPWire", "IMAPWire", "POP3Wire", "ManageSieveWire", "SASL",
                "SenderAuth", "SieveLanguage",
                nioCore,
            ]
        ),
        .executableTarget(name: "fuzz", dependencies: ["FuzzTargets"]),
    ]
)

for target in package.targets { target.swiftSettings = settings }
