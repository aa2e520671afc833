/// The tree of a template.
indirect enum TemplateStatement {
  case text(String)
  case output(TemplateExpression)
  case choice(
    [(test: TemplateExpression, body: [TemplateStatement])], otherwise: [TemplateStatement])
  case loop(TemplateLoop)
  case set([String], TemplateExpression)
  case setMember(String, String, TemplateExpression)
  case setText(String, [TemplateStatement])
  case macro(TemplateMacro)
  /// What the assistant wrote: its place in the text is kept, for training.
  case generation([TemplateStatement])
  case leave
  case next
}

final class TemplateLoop {
  let names: [String]
  let source: TemplateExpression
  let filter: TemplateExpression?
  let body: [TemplateStatement]
  let otherwise: [TemplateStatement]
  /// Whether the body asks for `loop`, which costs more to make than most bodies.
  let usesState: Bool

  init(
    names: [String], source: TemplateExpression, filter: TemplateExpression?,
    body: [TemplateStatement], otherwise: [TemplateStatement], usesState: Bool
  ) {
    self.usesState = usesState
    self.names = names
    self.source = source
    self.filter = filter
    self.body = body
    self.otherwise = otherwise
  }
}

final class TemplateMacro {
  let name: String
  let parameters: [(name: String, value: TemplateExpression?)]
  let body: [TemplateStatement]

  init(
    name: String, parameters: [(name: String, value: TemplateExpression?)],
    body: [TemplateStatement]
  ) {
    self.name = name
    self.parameters = parameters
    self.body = body
  }
}

indirect enum TemplateExpression {
  case value(TemplateValue)
  case name(String)
  case list([TemplateExpression])
  case dictionary([(TemplateExpression, TemplateExpression)])
  case not(TemplateExpression)
  case negative(TemplateExpression)
  case binary(String, TemplateExpression, TemplateExpression)
  /// `a < b <= c`
  case comparison(TemplateExpression, [(sign: String, value: TemplateExpression)])
  case conditional(test: TemplateExpression, TemplateExpression, otherwise: TemplateExpression?)
  case member(TemplateExpression, String)
  case item(TemplateExpression, TemplateExpression)
  case slice(TemplateExpression, TemplateExpression?, TemplateExpression?, TemplateExpression?)
  case call(TemplateExpression, TemplateCall)
  case filter(TemplateExpression, String, TemplateCall)
  case test(TemplateExpression, String, TemplateCall)
}

/// Arguments as they are written.
struct TemplateCall {
  var values: [TemplateExpression] = []
  var named: [(key: String, value: TemplateExpression)] = []
}
