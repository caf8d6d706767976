// swift-tools-version: 6.2
import PackageDescription

/// Settings every target shares. One list, so that no module can be laxer than the others.
let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let x509 = Target.Dependency.product(name: "X509", package: "swift-certificates")
let asn1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let toml = Target.Dependency.product(name: "TOMLKit", package: "TOMLKit")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

// Layer 0: words.
let words: [Target] = [
    .target(name: "MailBytes", dependencies: [nioCore]),
    .target(name: "MailTypes", dependencies: [nioCore]),
    .target(name: "Telemetry", dependencies: ["MailTypes", logging]),
]

// Layer 1: languages: bytes ⇄ values, and pure decisions.
let languages: [Target] = [
    .target(name: "MIME", dependencies: ["MailBytes", "MailTypes", nioCore]),
    .target(name: "SMTPWire", dependencies: ["MailBytes", "MailTypes", nioCore]),
    .target(name: "IMAPWire", dependencies: ["MailBytes", "MailTypes", nioCore]),
    .target(name: "POP3Wire", dependencies: ["MailBytes", "MailTypes", nioCore]),
    .target(name: "ManageSieveWire", dependencies: ["MailBytes", "MailTypes", nioCore]),
    .target(name: "SASL", dependencies: ["MailBytes", "MailTypes", crypto, cryptoExtras]),
    .target(name: "SenderAuth", dependencies: ["MIME", "MailBytes", "MailTypes", crypto, cryptoExtras]),
    .target(name: "SieveLanguage", dependencies: ["MIME", "MailBytes", "MailTypes", nioCore]),
]

// Layer 2: services: durable state and the outside world.
let services: [Target] = [
    .systemLibrary(name: "CFiles"),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CArgon2", pkgConfig: "libargon2", providers: [.apt(["libargon2-dev"])]),
    .systemLibrary(name: "CCrypt", providers: [.apt(["libcrypt-dev"])]),
    .systemLibrary(name: "CUnbound", providers: [.apt(["libunbound-dev"])]),
    .target(name: "Storage", dependencies: ["CFiles", "CSQLite", "MailBytes", "MailTypes", nioCore]),
    .target(name: "Resolver", dependencies: ["CUnbound", "MailTypes"]),
    .target(name: "Trace", dependencies: ["MailBytes", "MailTypes", "Telemetry", nioCore]),
    .target(
        name: "Directory",
        dependencies: ["Storage", "SASL", "SenderAuth", "MailBytes", "MailTypes", "CArgon2", "CCrypt", crypto]
    ),
    .target(name: "MailStore", dependencies: ["Storage", "MIME", "MailBytes", "MailTypes", nioCore]),
    .target(name: "MailQueue", dependencies: ["Storage", "MailBytes", "MailTypes", nioCore]),
    .target(
        name: "Filing",
        dependencies: [
            "Storage", "Trace", "MailStore", "MailQueue", "MIME", "SieveLanguage", "MailBytes", "MailTypes",
            "Telemetry",
            logging, nioCore,
        ]
    ),
    .target(
        name: "Reception",
        dependencies: [
            "Storage", "Trace", "Directory", "MailStore", "MailQueue", "Filing", "Resolver", "SenderAuth", "MIME",
            "SMTPWire", "MailBytes",
            "MailTypes",
            "Telemetry", logging, nioCore,
        ]
    ),
    .target(
        name: "Delivery",
        dependencies: [
            "Storage", "Trace", "Directory", "MailStore", "MailQueue", "Filing", "MIME", "SMTPWire", "SASL",
            "MailBytes",
            "MailTypes", "Telemetry", logging, nioCore, nioPosix, nioSSL, nioTLS,
        ]
    ),
]

// Layer 3: servers: one protocol each, thin, the only place with channels.
let servers: [Target] = [
    .target(
        name: "Listener",
        dependencies: [
            "Trace", "Telemetry", "MailBytes", "MailTypes", logging, nioCore, nioPosix, nioSSL, nioTLS, x509, asn1,
            crypto,
        ]
    ),
    .target(
        name: "Sessions",
        dependencies: [
            "Listener", "Directory", "Trace", "SASL", "MailBytes", "MailTypes", "Telemetry", logging, nioCore,
        ]
    ),
    .target(
        name: "SMTPServer",
        dependencies: [
            "Listener", "Reception", "Directory", "Storage", "Trace", "SMTPWire", "SASL", "MIME", "MailBytes",
            "MailTypes", "Telemetry", logging, nioCore, nioSSL,
        ]
    ),
    .target(
        name: "IMAPServer",
        dependencies: [
            "Listener", "Sessions", "Directory", "Storage", "MailStore", "Filing", "Trace", "IMAPWire", "SASL",
            "MIME", "MailBytes", "MailTypes", "Telemetry", logging, nioCore, nioSSL,
        ]
    ),
    .target(
        name: "POP3Server",
        dependencies: [
            "Listener", "Sessions", "Directory", "Storage", "MailStore", "Trace", "POP3Wire", "SASL", "MIME",
            "MailBytes", "MailTypes", "Telemetry", logging, nioCore, nioSSL,
        ]
    ),
    .target(
        name: "ManageSieveServer",
        dependencies: [
            "Listener", "Sessions", "Directory", "Storage", "MailStore", "Trace", "ManageSieveWire", "SieveLanguage",
            "SASL", "MailBytes", "MailTypes", "Telemetry", logging, nioCore,
        ]
    ),
    .target(name: "ControlServer", dependencies: ["MailTypes", "Telemetry", logging, nioCore, nioPosix, nioHTTP1]),
]

// Layer 4: assembly.
let assembly: [Target] = [
    .systemLibrary(name: "CMalloc"),
    .target(name: "MartletConfig", dependencies: ["MailTypes", "Telemetry", toml]),
    .target(
        name: "Operations",
        dependencies: [
            "Storage", "Trace", "Directory", "MailStore", "MailQueue", "Filing", "Resolver", "SenderAuth",
            "SieveLanguage", "MIME", "MailTypes", "Telemetry", "MailBytes", nioCore,
        ]
    ),
    .target(name: "Supervisor", dependencies: ["MailTypes"]),
    .target(
        name: "MartletSystem",
        dependencies: [
            "MailTypes", "Telemetry", "Storage", "Trace", "Directory", "MailStore", "MailQueue", "Reception",
            "Delivery", "Filing", "SieveLanguage", "Resolver", "SenderAuth", "Listener", "SMTPServer", "IMAPServer",
            "POP3Server", "ManageSieveServer", "ControlServer", "MartletConfig",
            "Operations", "Supervisor", "SASL", "SMTPWire", "IMAPWire", "CMalloc", logging, nioCore, nioPosix, nioSSL,
        ]
    ),
    .executableTarget(
        name: "martlet",
        dependencies: [
            "MartletSystem", "MartletConfig", "Supervisor", "ControlServer", "Operations", "Filing", "Resolver",
            "MailTypes", arguments,
        ]
    ),
]

// Beside: tools for tests and measurements only, and the tests.
let testing: [Target] = [
    .target(name: "MailTesting", dependencies: ["MailTypes", "MailBytes", logging, nioCore, nioPosix]),
    .target(
        name: "FuzzTargets",
        dependencies: [
            "MailBytes", "MailTypes", "MIME", "SMTPWire", "IMAPWire", "POP3Wire", "ManageSieveWire", "SASL",
            "SenderAuth", "SieveLanguage", nioCore,
        ],
        path: "Fuzz/Sources/FuzzTargets"
    ),
    .executableTarget(
        name: "rates",
        dependencies: ["SieveLanguage", "SenderAuth", "Resolver", "Reception", "MIME", "MailTypes", nioCore],
        path: "Benchmarks/rates"
    ),
    .testTarget(name: "MailBytesTests", dependencies: ["MailBytes", nioCore]),
    .testTarget(name: "MailTypesTests", dependencies: ["MailTypes", nioCore]),
    .testTarget(name: "MIMETests", dependencies: ["MIME", "MailTesting", "MailBytes", "MailTypes", nioCore]),
    .testTarget(name: "SMTPWireTests", dependencies: ["SMTPWire", "MailBytes", "MailTypes", nioCore]),
    .testTarget(name: "IMAPWireTests", dependencies: ["IMAPWire", "MailBytes", "MailTypes", nioCore]),
    .testTarget(name: "POP3WireTests", dependencies: ["POP3Wire", "MailBytes", "MailTypes", nioCore]),
    .testTarget(name: "ManageSieveWireTests", dependencies: ["ManageSieveWire", "MailBytes", "MailTypes", nioCore]),
    .testTarget(name: "SASLTests", dependencies: ["SASL", "MailBytes", "MailTypes", crypto]),
    .testTarget(name: "SenderAuthTests", dependencies: ["SenderAuth", "MailTypes", crypto]),
    .testTarget(
        name: "SieveLanguageTests",
        dependencies: ["SieveLanguage", "MailTesting", "MailBytes", "MailTypes", nioCore]
    ),
    .testTarget(name: "StorageTests", dependencies: ["Storage", "MailTesting", "MailTypes", nioCore]),
    .testTarget(name: "ResolverTests", dependencies: ["Resolver", "MailTesting", "MailTypes"]),
    .testTarget(name: "TraceTests", dependencies: ["Trace", "MailTesting", "MailTypes", "Telemetry", nioCore]),
    .testTarget(
        name: "DirectoryTests",
        dependencies: ["Directory", "Storage", "SASL", "SenderAuth", "MailTesting", "MailTypes"]
    ),
    .testTarget(
        name: "MailStoreTests",
        dependencies: ["MailStore", "Storage", "MIME", "MailTesting", "MailTypes", nioCore]
    ),
    .testTarget(
        name: "FilingTests",
        dependencies: [
            "Filing", "MailQueue", "MailStore", "SieveLanguage", "Storage", "Trace", "MailTesting", "MailTypes",
            logging,
            nioCore,
        ]
    ),
    .testTarget(name: "MailQueueTests", dependencies: ["MailQueue", "Storage", "MailTesting", "MailTypes", nioCore]),
    .testTarget(
        name: "DeliveryTests",
        dependencies: [
            "Delivery", "Filing", "MailQueue", "MailStore", "Directory", "Storage", "Trace", "Listener", "MIME",
            "SMTPWire", "MailTesting", "MailTypes", "SASL", logging, nioCore, nioPosix, nioSSL,
        ]
    ),
    .testTarget(
        name: "SMTPServerTests",
        dependencies: [
            "SMTPServer", "Reception", "Filing", "Delivery", "Resolver", "SenderAuth", "MIME", "Listener", "Directory",
            "MailStore", "MailQueue", "Storage", "Trace",
            "SMTPWire", "SASL", "MailBytes", "MailTesting", "MailTypes", logging, nioCore, nioPosix, nioEmbedded,
            nioSSL,
        ],
        exclude: ["Transcripts"]
    ),
    .testTarget(
        name: "IMAPServerTests",
        dependencies: [
            "IMAPServer", "Sessions", "Listener", "Directory", "Filing", "MailStore", "Storage", "Trace", "IMAPWire",
            "MailTesting", "MailTypes", logging, nioCore, nioPosix, nioEmbedded,
        ],
        exclude: ["Transcripts"]
    ),
    .testTarget(
        name: "POP3ServerTests",
        dependencies: [
            "POP3Server", "Sessions", "Listener", "Directory", "MailStore", "Storage", "Trace", "POP3Wire",
            "MailTesting", "MailTypes", logging, nioCore, nioPosix, nioEmbedded, nioSSL,
        ]
    ),
    .testTarget(
        name: "ManageSieveServerTests",
        dependencies: [
            "ManageSieveServer", "ManageSieveWire", "Sessions", "Listener", "Directory", "MailStore", "Storage",
            "SieveLanguage", "SASL", "Trace", "MailTesting", "MailTypes", "MailBytes", logging, nioCore, nioPosix,
            nioSSL,
        ],
        exclude: ["Transcripts"]
    ),
    .testTarget(name: "MartletConfigTests", dependencies: ["MartletConfig", "MailTypes"]),
    .testTarget(
        name: "OperationsTests",
        dependencies: [
            "Operations", "Directory", "Filing", "MailQueue", "MailStore", "Resolver", "SenderAuth", "SieveLanguage",
            "Storage", "Telemetry", "Trace", "MailTesting", "MailTypes", nioCore,
        ]
    ),
    .testTarget(name: "ControlServerTests", dependencies: ["ControlServer", "MailTesting"]),
    .testTarget(name: "SupervisorTests", dependencies: ["Supervisor", "MailTesting"]),
    .testTarget(
        name: "ScenarioTests",
        dependencies: [
            "MartletSystem", "MartletConfig", "Operations", "Supervisor", "MailTesting", "MailTypes", "Storage",
            "MailStore", "MailQueue", "Directory", "Trace", "Resolver", "Listener", "MailBytes", nioCore, nioPosix,
        ]
    ),
    .testTarget(name: "FuzzTests", dependencies: ["FuzzTargets"]),
    .testTarget(name: "TidyTests"),
]

let package = Package(
    name: "martlet",
    products: [.executable(name: "martlet", targets: ["martlet"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    ],
    targets: words + languages + services + servers + assembly + testing
)

for target in package.targets where target.type != .system {
    target.swiftSettings = (target.swiftSettings ?? []) + house
}
