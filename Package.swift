// swift-tools-version: 6.1
import PackageDescription

// C kernels are optimised in debug builds too, so that tests of debug builds stay fast.
// The fast kernels may reorder and contract; the exact ones may do neither.
let warnings: [String] = ["-Wall", "-Wextra", "-Wno-unused-parameter"]
let fastFlags = ["-O3", "-ffast-math", "-fno-finite-math-only"] + warnings
let exactFlags = ["-O3", "-fno-fast-math", "-ffp-contract=off"] + warnings

// Tests check that no two accesses overlap; checking it again in each loop of a script takes a fifth of its time.
let checked: [SwiftSetting] = [
  .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))
]

func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(
    name: name, dependencies: dependencies, exclude: ["README.md"], swiftSettings: checked)
}

func tests(
  _ name: String, _ dependencies: [Target.Dependency], fixtures: Bool = false
) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["TestSupport"],
    exclude: fixtures ? ["Fixtures"] : [])
}

let package = Package(
  name: "peft-repl",
  products: [.executable(name: "peft-repl", targets: ["peft-repl"])],
  targets: [
    .executableTarget(
      name: "peft-repl", dependencies: ["Session"], exclude: ["README.md"]),
    room("Session", ["Commands", "Terminal", "Library"]),
    room("Terminal", ["CLibEdit"]),
    room("Commands", ["Interpreter", "Training", "Checkpoints", "Terminal", "Library"]),
    .target(
      name: "Library",
      exclude: ["README.md", "models", "methods", "tasks", "data"],
      sources: ["library.c"],
      cSettings: [.unsafeFlags(["-Wno-c23-extensions"])]),
    room("Interpreter", ["Syntax", "Autograd"]),
    room("Syntax"),
    room("Training", ["Autograd", "Datasets"]),
    room("Datasets", ["Tokenizers", "Tensor"]),
    room("Tokenizers"),
    room("Checkpoints", ["Tensor"]),
    room("Autograd", ["Tensor"]),
    room("Tensor", ["CKernels", "CKernelsExact"]),
    .target(
      name: "CKernels", dependencies: ["COpenBLAS"], exclude: ["README.md"],
      cSettings: [.unsafeFlags(fastFlags)],
      linkerSettings: [.linkedLibrary("pthread"), .linkedLibrary("m")]),
    .target(
      name: "CKernelsExact", dependencies: ["CKernels"], exclude: ["README.md"],
      cSettings: [.unsafeFlags(exactFlags)]),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"])]),
    .target(
      name: "CLibEdit", exclude: ["README.md"],
      linkerSettings: [.linkedLibrary("edit")]),

    .target(
      name: "TestSupport", dependencies: ["Tensor", "Terminal"], path: "Tests/TestSupport"),
    tests("SyntaxTests", ["Syntax"]),
    tests("TensorTests", ["Tensor"]),
    tests("AutogradTests", ["Autograd"], fixtures: true),
    tests("TokenizersTests", ["Tokenizers"], fixtures: true),
    tests("CheckpointsTests", ["Checkpoints"], fixtures: true),
    tests("DatasetsTests", ["Datasets"]),
    tests("TrainingTests", ["Training"], fixtures: true),
    tests("TerminalTests", ["Terminal"]),
    tests("InterpreterTests", ["Interpreter"]),
    tests("CommandsTests", ["Commands"]),
    tests("SessionTests", ["Session"]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu2x
)
