/// The base language: all commands and tests of RFC 5228 §3 to §5, whole.
enum BaseLanguage {
    static let words = SieveExtension(
        calls: Self.controls + Self.actions + Self.tests,
        tags: [TagRule("flags", .imap4flags, on: ["keep", "fileinto"], value: .list)]
    )

    private static let controls = [
        CallRule(name: "if", subtests: .one, takesBlock: true, builder: .command { _, _ in nil }),
        CallRule(name: "elsif", subtests: .one, takesBlock: true, builder: .command { _, _ in nil }),
        CallRule(name: "else", takesBlock: true, builder: .command { _, _ in nil }),
        CallRule(name: "stop", builder: .command { call, _ in StopCommand(position: call.position) }),
    ]

    private static let actions = [
        CallRule(name: "keep", builder: .command(KeepCommand.init)),
        CallRule(name: "discard", builder: .command { call, _ in DiscardCommand(position: call.position) }),
        CallRule(name: "redirect", parameters: [.string("address")], builder: .command(RedirectCommand.init)),
    ]

    private static let tests = [
        CallRule(name: "true", builder: .test { call, _ in ConstantTest(position: call.position, value: true) }),
        CallRule(name: "false", builder: .test { call, _ in ConstantTest(position: call.position, value: false) }),
        CallRule(name: "not", subtests: .one, builder: .test(NotTest.init)),
        CallRule(name: "anyof", subtests: .list, builder: .test(AnyOfTest.init)),
        CallRule(name: "allof", subtests: .list, builder: .test(AllOfTest.init)),
        CallRule(
            name: "address",
            parameters: [.list("header list"), .list("key list")],
            takesMatch: true,
            takesAddressPart: true,
            builder: .test(AddressTest.init)
        ),
        CallRule(
            name: "header",
            parameters: [.list("header names"), .list("key list")],
            takesMatch: true,
            builder: .test(HeaderTest.init)
        ),
        CallRule(name: "exists", parameters: [.list("header names")], builder: .test(ExistsTest.init)),
        CallRule(
            name: "size",
            parameters: [.number("limit")],
            tags: [TagRule("over", group: "bound"), TagRule("under", group: "bound")],
            builder: .test(SizeTest.init)
        ),
    ]
}
