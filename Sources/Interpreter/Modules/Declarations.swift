import Syntax

extension ModuleType {
  /// The place of `param name = e` or `state name = e` in the module's declaration.
  public func declaration(of name: String) -> Span? { parameterCode(name)?.span }

  /// The place of the `e`.
  public func initialiser(of name: String) -> Span? { parameterCode(name)?.initialiser.span }

  /// Where the module is declared.
  public var span: Span { constructor.span }

  private func parameterCode(_ name: String) -> ParameterCode? {
    guard let index = fieldIndex[name], let block = constructor.body as? BlockCode else {
      return nil
    }
    return block.statements.lazy.compactMap { $0 as? ParameterCode }.first { $0.index == index }
  }
}

extension Edit {
  /// Whether the edit names what stands at `path`, or something above it.
  public func covers(_ path: String) -> Bool {
    guard let pattern else { return true }
    return (try? SitePattern(pattern)).map { SitePattern.covers($0, path) } ?? false
  }
}
