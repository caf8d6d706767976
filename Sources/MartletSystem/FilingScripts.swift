internal import Filing
internal import FoundationEssentials
internal import MailStore
internal import MartletConfig
internal import SieveLanguage

extension MartletConfig {
    /// By which users' scripts are checked, when they are kept as when they run.
    var sieveCompiler: SieveCompiler { self.sieveRules.compiler }

    /// By which scripts that an administrator brings are kept.
    var scriptRules: (compiler: SieveCompiler, quota: ScriptQuota) { (self.sieveCompiler, self.scriptQuota) }

    /// What the configuration says of scripts, without the site's own.
    private var sieveRules: FilingOptions {
        var options = FilingOptions(hostName: self.server.hostname)
        options.limits.redirectsMax = self.sieve.redirectsMax
        options.limits.scriptOctetsMax = self.managesieve.scriptSizeMax
        options.settings.detailSeparators = self.directory.detailSeparators
        options.listRedirectsMax = self.sieve.listRedirectsMax
        if !self.sieveLists.files.isEmpty { options.settings.withheld.remove(.extlists) }
        return options
    }

    var scriptQuota: ScriptQuota {
        ScriptQuota(scripts: self.managesieve.scriptsMax, octets: self.managesieve.scriptsSizeMax)
    }

    /// - Throws: ``SystemError`` with every mistake of every script of the site.
    func filingOptions() throws -> FilingOptions {
        let (options, problems) = self.readFilingOptions()
        guard problems.isEmpty else { throw SystemError(problems.joined(separator: "\n")) }
        return options
    }

    /// All that is wrong with the site's scripts and lists, each with its file, and its line where there is one. They
    /// are read for it.
    var siteFileProblems: [String] { self.readFilingOptions().problems }

    private func readFilingOptions() -> (FilingOptions, problems: [String]) {
        var problems: [String] = []
        var options = self.sieveRules
        options.sealer = self.senderPolicy.sealer
        do {
            options.lists = try ExternalLists(files: self.sieveLists.files)
        } catch {
            problems += error.problems
        }
        var loader = SiteScripts(limits: options.limits, settings: options.settings)
        if self.sieve.defaultScript {
            options.before.append(contentsOf: loader.compile(Array(DefaultScript.text.utf8), DefaultScript.name))
        }
        options.before += self.sieve.before.flatMap { loader.load($0) }
        options.after = self.sieve.after.flatMap { loader.load($0) }
        if let folder = self.sieve.library { options.library = loader.library(folder) }
        if let text = self.sieve.spamHeader {
            if let status = SieveFilterHeader.Source(text) {
                let max = Double(self.sieve.spamScoreMax)
                options.spamHeader = SieveFilterHeader(status: status, kind: .score, max: max)
            } else {
                problems.append(
                    "sieve.spam_header: “\(text)” is no field's name, or what stands behind its colon is no "
                        + "regular expression"
                )
            }
        }
        return (options, problems + loader.problems)
    }
}

/// Reads and compiles the scripts that a configuration names.
struct SiteScripts {
    /// Files of a library.
    private static let filesMax = 1_000

    private let compiler: SieveCompiler
    private(set) var problems: [String] = []

    init(limits: SieveLimits, settings: SieveSettings) {
        var settings = settings
        // The site may write in anybody's name; a user who includes one of its scripts may not.
        settings.writesAsOwnerOnly = false
        self.compiler = SieveCompiler(limits: limits, settings: settings)
    }

    mutating func compile(_ text: [UInt8], _ name: String) -> [SieveProgram] {
        let compilation = self.compiler.compile(text, name: name)
        self.problems += compilation.errors.map { "\(name):\($0.position): \($0.message)" }
        return compilation.program.map { [$0] } ?? []
    }

    mutating func load(_ path: String) -> [SieveProgram] {
        guard let text = FileText.octets(path: path, limit: self.compiler.limits.scriptOctetsMax) else {
            self.problems.append("\(path): the script cannot be read, or is too large")
            return []
        }
        return self.compile(text, path)
    }

    /// `NAME.sieve` of a folder, by `NAME`.
    mutating func library(_ folder: String) -> [String: SieveProgram] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            self.problems.append("\(folder): the folder cannot be read")
            return [:]
        }
        var programs: [String: SieveProgram] = [:]
        for file in names.sorted().prefix(Self.filesMax) where file.hasSuffix(".sieve") {
            programs[String(file.dropLast(6))] = self.load("\(folder)/\(file)").first
        }
        return programs
    }
}
