import Testing
import Training

@Suite struct ScheduleTests {
  @Test func followsTransformers() throws {
    for test in try Fixture.load().schedules {
      let warmup = Warmup.steps(test.warmup)
      let schedule: Schedule
      switch test.name {
      case "linear": schedule = .linear(warmup: warmup)
      case "cosine": schedule = .cosine(warmup: warmup)
      case "inverse_sqrt": schedule = .inverseSqrt(warmup: warmup)
      default: schedule = .constant(warmup: warmup)
      }
      #expect(test.factors.count == 20)
      for (step, factor) in test.factors.enumerated() {
        let got = try schedule.factor(step: step, horizon: test.horizon)
        #expect(abs(got - factor) < 1e-14, "\(test.name), warm-up \(test.warmup), step \(step)")
      }
    }
  }

  @Test func cosineEndsAtItsMinimum() throws {
    let schedule = Schedule.cosine(minimum: 0.1)
    #expect(try schedule.factor(step: 0, horizon: 8) == 1)
    #expect(abs(try schedule.factor(step: 4, horizon: 8) - 0.55) < 1e-15)
    #expect(abs(try schedule.factor(step: 8, horizon: 8) - 0.1) < 1e-15)
  }

  @Test func warmupMayBeAFraction() throws {
    let schedule = Schedule.constant(warmup: .fraction(0.25))
    let factors = try (0..<5).map { try schedule.factor(step: $0, horizon: 10) }
    // 2.5 of 10 steps round up to 3.
    #expect(factors == [0, 1.0 / 3, 2.0 / 3, 1, 1])
  }

  @Test func needsAHorizonOnlyWhereItMatters() throws {
    let open: [Schedule] = [
      .constant(), .constant(warmup: .steps(3)), .inverseSqrt(warmup: .steps(3)),
    ]
    for schedule in open { try schedule.validate(horizon: nil) }
    let bound: [Schedule] = [.linear(), .cosine(), .constant(warmup: .fraction(0.1))]
    for schedule in bound {
      let error = #expect(throws: TrainingError.self) { try schedule.validate(horizon: nil) }
      #expect(error?.kind == .needsHorizon)
      #expect(error?.message.contains("'\(schedule.name)'") == true)
    }
  }

  @Test func refusesAWarmupThatDoesNotFit() {
    for warmup in [Warmup.steps(11), .steps(-1), .fraction(1.5)] {
      let error = #expect(throws: TrainingError.self) {
        try Schedule.linear(warmup: warmup).validate(horizon: 10)
      }
      #expect(error?.kind == .invalidArgument)
    }
  }
}
