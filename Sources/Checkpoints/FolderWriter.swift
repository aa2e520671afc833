/// Writes a folder so that it is there whole or not at all: into a hidden sibling, then renamed.
///
/// An existing folder is replaced only if it is empty or nothing but an earlier save: it must hold
/// the marker file, and no file or folder that a save would not have written.
struct FolderWriter {
  let path: String
  /// The file by which a folder of this kind is known.
  let marker: String
  let kind: String

  /// Everything that a save of a model or adapter consists of.
  private static let knownNames: Set<String> = [
    "config.json", "generation_config.json", "model.safetensors", "model.safetensors.index.json",
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja",
    "vocab.txt", "vocab.json", "merges.txt", "added_tokens.json",
    "adapter_config.json", "adapter_model.safetensors", "adapter.safetensors", "head_config.json",
    "model_head.safetensors", "adapter_fusion_config.json", "model_adapter_fusion.safetensors",
  ]

  /// Files of name and parts, written in the order given.
  func write(_ files: [(name: String, parts: [ByteRegion])]) throws {
    var target = path
    while target.count > 1 && target.hasSuffix("/") { target.removeLast() }
    if FileSystem.kindWithoutFollowing(target) == .link { target = FileSystem.resolved(target) }
    try checkReplaceable(target)
    try FileSystem.makeFolders(FileSystem.parent(of: target))
    let staging = FileSystem.temporary(for: target)
    do {
      try FileSystem.makeFolder(staging)
      for file in files {
        try withExtendedLifetime(file) {
          try FileSystem.write(file.parts.map(\.bytes), to: "\(staging)/\(file.name)")
        }
      }
      try replace(target, by: staging)
    } catch {
      FileSystem.remove(staging)
      throw error
    }
  }

  /// The old folder stays, under another name, until the new one is in its place.
  private func replace(_ target: String, by staging: String) throws {
    guard FileSystem.kind(of: target) != nil else {
      return try FileSystem.move(staging, to: target)
    }
    let old = FileSystem.sibling(of: target, "old")
    FileSystem.remove(old)
    try FileSystem.move(target, to: old)
    do {
      try FileSystem.move(staging, to: target)
    } catch {
      try FileSystem.move(old, to: target)
      throw error
    }
    FileSystem.remove(old)
  }

  private func checkReplaceable(_ target: String) throws {
    switch FileSystem.kind(of: target) {
    case nil: return
    case .folder: break
    default:
      throw CheckpointError(
        path: path, "A file stands where the folder should go.", remedy: "Choose another path.")
    }
    let names = try FileSystem.list(target)
    if names.isEmpty { return }
    guard names.contains(marker) else {
      throw CheckpointError(
        path: path,
        "The folder exists and is not \(kind) (it has no '\(marker)'), so it is not "
          + "overwritten.", remedy: "Choose another path, or remove the folder yourself.")
    }
    let foreign = names.first {
      !isKnown($0) || FileSystem.kindWithoutFollowing("\(target)/\($0)") != .file
    }
    if let foreign {
      throw CheckpointError(
        path: path,
        "The folder holds '\(foreign.excerpt)', which is no part of \(kind), so it is "
          + "not overwritten.", remedy: "Choose another path, or move that file away.")
    }
  }

  /// Known by name, or a shard such as `model-00001-of-00002.safetensors`.
  private func isKnown(_ name: String) -> Bool {
    Self.knownNames.contains(name)
      || (name.hasPrefix("model-") && name.hasSuffix(".safetensors"))
  }
}
