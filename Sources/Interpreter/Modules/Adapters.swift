import Autograd

extension Module {
  /// By parameter, the name of the adapter that it belongs to: that of the module which a method added, or of one around.
  public func adapterNames() -> [LeafKey: String] {
    var seen: Set<ObjectIdentifier> = []
    var result: [LeafKey: String] = [:]
    // What an adapter wraps is none of its own.
    func visit(_ module: Module, outside: String?) {
      guard seen.insert(ObjectIdentifier(module)).inserted else { return }
      let name = module.adapterName ?? outside
      if let name {
        for field in module.type.fieldNames {
          if let parameter = module.parameterField(field) { result[parameter.key] = name }
        }
      }
      for child in module.children() {
        visit(child.module, outside: child.isBase ? outside : name)
      }
    }
    visit(self, outside: nil)
    return result
  }
}
