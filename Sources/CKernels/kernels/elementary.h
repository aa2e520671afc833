// Elementary functions without libm. Relative errors measured in the tests: about 1e-7 in f32,
// 1e-15 in f64.
#pragma once
#include "common.h"

#ifdef REAL_IS_F32
#define LN2_HIGH 0.693359375f
#define LN2_LOW -2.12194440054690583e-4f
#define LOG2_E 1.44269504088896341f
#define EXP_LOW -104.0f
#define EXP_HIGH 89.0f
#define MANTISSA 23
#define EXPONENT_BIAS 127
#define SMALLEST_NORMAL 1.17549435e-38f
#define SQRT_HALF_BITS 0x3f3504f3
#else
#define LN2_HIGH 6.93147180369123816490e-01
#define LN2_LOW 1.90821492927058770002e-10
#define LOG2_E 1.44269504088896340736
#define EXP_LOW -746.0
#define EXP_HIGH 710.0
#define MANTISSA 52
#define EXPONENT_BIAS 1023
#define SMALLEST_NORMAL 2.2250738585072014e-308
#define SQRT_HALF_BITS 0x3fe6a09e667f3bcd
#endif

INLINE REAL from_bits(BITS bits) {
  REAL x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

INLINE BITS to_bits(REAL x) {
  BITS bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

INLINE REAL power_of_two(int32_t k) { return from_bits((BITS)(k + EXPONENT_BIAS) << MANTISSA); }

// The nearest integer to x log2(e); x is neither NaN nor large.
INLINE int32_t nearest_power(REAL x) {
  REAL scaled = x * LOG2_E;
  return (int32_t)(scaled + (scaled < 0 ? (REAL)-0.5 : (REAL)0.5));
}

// exp(r) - 1 for |r| <= ln(2) / 2, by its Taylor series.
INLINE REAL exp_core(REAL r) {
#ifdef REAL_IS_F32
  REAL p = 1.0f / 5040;
#else
  REAL p = 1.0 / 6227020800.0;
  p = p * r + 1.0 / 479001600.0;
  p = p * r + 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
#endif
  p = p * r + (REAL)(1.0 / 720);
  p = p * r + (REAL)(1.0 / 120);
  p = p * r + (REAL)(1.0 / 24);
  p = p * r + (REAL)(1.0 / 6);
  p = p * r + (REAL)0.5;
  return r + r * r * p;
}

INLINE REAL real_exp(REAL x) {
  REAL inside = x > EXP_LOW ? x : EXP_LOW;
  inside = inside < EXP_HIGH ? inside : EXP_HIGH;
  int32_t k = nearest_power(inside);
  REAL r = inside - (REAL)k * LN2_HIGH;
  r = r - (REAL)k * LN2_LOW;
  // In two steps, so that both ends of the range are reached.
  int32_t half = k >> 1;
  REAL y = (1 + exp_core(r)) * power_of_two(half) * power_of_two(k - half);
  y = x < EXP_LOW ? 0 : y;  // a masked element is nothing, not a denormal
  y = x > EXP_HIGH ? (REAL)INFINITY : y;
  return x != x ? x : y;
}

// exp(x) for x of at most about 0, as in a softmax: what would be no normal number is nothing. Exact
// kernels keep to the one exponential.
INLINE REAL exp_to_one(REAL x) {
#ifdef EXACT
  return real_exp(x);
#else
  REAL low = (EXPONENT_BIAS - 1) * -(REAL)0.693147180559945;
  REAL inside = x > low ? x : low;
  int32_t k = (int32_t)(inside * LOG2_E - (REAL)0.5);
  REAL r = inside - (REAL)k * LN2_HIGH;
  r = r - (REAL)k * LN2_LOW;
  REAL y = (1 + exp_core(r)) * power_of_two(k);
  y = x < low ? 0 : y;
  return x != x ? x : y;
#endif
}

INLINE REAL real_expm1(REAL x) {
  REAL low = -50, high = EXP_HIGH - 2;
  REAL inside = x > low ? x : low;
  inside = inside < high ? inside : high;
  int32_t k = nearest_power(inside);
  REAL r = inside - (REAL)k * LN2_HIGH;
  r = r - (REAL)k * LN2_LOW;
  REAL scale = power_of_two(k);
  REAL y = scale * exp_core(r) + (scale - 1);
  y = x > high ? real_exp(x) : y;
  return x != x ? x : y;
}

// x = 2^e (1 + f), log(1 + f) = 2 artanh(f / (2 + f)) with the leading terms taken out for
// accuracy.
INLINE REAL log_parts(REAL f, REAL e) {
  REAL s = f / (2 + f), z = s * s;
#ifdef REAL_IS_F32
  REAL p = 2.0f / 11;
#else
  REAL p = 2.0 / 23;
  p = p * z + 2.0 / 21;
  p = p * z + 2.0 / 19;
  p = p * z + 2.0 / 17;
  p = p * z + 2.0 / 15;
  p = p * z + 2.0 / 13;
  p = p * z + 2.0 / 11;
#endif
  p = p * z + (REAL)(2.0 / 9);
  p = p * z + (REAL)(2.0 / 7);
  p = p * z + (REAL)(2.0 / 5);
  p = p * z + (REAL)(2.0 / 3);
  REAL half_square = (REAL)0.5 * f * f;
  REAL tail = s * (half_square + z * p) + e * LN2_LOW;
  return e * LN2_HIGH - ((half_square - tail) - f);
}

INLINE REAL real_log(REAL x) {
  REAL lift = power_of_two(MANTISSA + 1);
  bool tiny = x < SMALLEST_NORMAL;
  BITS bits = to_bits(tiny ? x * lift : x);
  BITS e = (bits - (BITS)SQRT_HALF_BITS) >> MANTISSA;
  REAL m = from_bits(bits - (e << MANTISSA));
  REAL exponent = (REAL)(int32_t)e - (tiny ? MANTISSA + 1 : 0);
  REAL y = log_parts(m - 1, exponent);
  y = x == 0 ? -(REAL)INFINITY : y;
  y = x < 0 ? (REAL)NAN : y;
  y = x == (REAL)INFINITY ? x : y;
  return x != x ? x : y;
}

// log(1 + x): what 1 + x rounds away comes back as a correction.
INLINE REAL real_log1p(REAL x) {
  REAL u = 1 + x;
  REAL lost = x > 1 ? 1 - (u - x) : x - (u - 1);
  REAL y = real_log(u) + (u > 0 && u < (REAL)INFINITY ? lost / u : 0);
  return x == 0 ? x : y;
}

INLINE REAL real_abs(REAL x) { return __builtin_elementwise_abs(x); }
INLINE REAL real_sqrt(REAL x) { return __builtin_elementwise_sqrt(x); }
INLINE REAL real_sigmoid(REAL x) { return 1 / (1 + real_exp(-x)); }

INLINE REAL real_tanh(REAL x) {
  REAL size = real_abs(x);
  size = size < 22 ? size : 22;  // tanh(22) is 1 in f64
  REAL t = real_expm1(2 * size);
  REAL y = t / (t + 2);
  y = x < 0 ? -y : y;
  return x != x ? x : y;
}

// log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)).
INLINE REAL real_softplus(REAL x) {
  REAL y = (x > 0 ? x : 0) + real_log1p(real_exp(-real_abs(x)));
  return x != x ? x : y;
}

#ifdef REAL_IS_F32
static const REAL erf_small[] = {
    1.128379165848350946, -0.3761262666672033102, 0.1128359471516021773, -0.02685421201062641244,
    0.005189087423433973986, -0.0008016864287165869529, 0.00007875875062685488341};
static const REAL erf_large[] = {
    0.0003201380496776988366, -1.130233434841994029, -0.6318260515591630143,
    -0.1100800829488202466, 0.02642113600566389668, -0.004759596293266264644,
    0.0005968056256607797063, -0.00004605804268918977925, 1.637151414593643565e-6};
#else
static const REAL erf_small[] = {
    1.128379167095512574, -0.3761263890318375238, 0.1128379167095512024, -0.02686617064512984081,
    0.005223977625423298309, -0.0008548327021934829596, 0.0001205533290288873541,
    -0.00001492564756751933213, 1.646204544146841894e-6, -1.63646421581676153e-7,
    1.4792401209404813e-8, -1.216456005728345008e-9, 8.70904512905310669e-11,
    -4.230945824295337817e-12};
static const REAL erf_large[] = {
    0.2553956763105057437, -0.4271858474139583994, 0.2416581942424664948, -0.07897858101573123972,
    0.003732892404323264847, 0.006997461739123773729, -0.0008471432506430248814,
    -0.0009819770236899759323, 0.00004355559302903803189, 0.0001743611112088015442,
    0.00002752565444815182941, -0.00002757934458369621531, -0.00001396995822058467387,
    1.390510047764305194e-6, 3.799978761188094907e-6, 1.177391073135331173e-6,
    -5.572845101469752969e-7, -4.00900549672877892e-7};
#endif

#define POLYNOMIAL(table, x) polynomial(table, sizeof(table) / sizeof(REAL), x)
INLINE REAL polynomial(const REAL *c, int n, REAL x) {
  REAL p = c[n - 1];
#pragma clang loop unroll(full)
  for (int i = n - 2; i >= 0; i--) p = p * x + c[i];
  return p;
}

// Below 1 an odd polynomial; above, 1 - erfc by a fit
// (scripts/make-fixtures.d/erf-coefficients.py).
INLINE REAL real_erf(REAL x) {
  REAL size = real_abs(x);
#ifdef REAL_IS_F32
  REAL t = size < 4 ? size : 4;
  REAL large = 1 - real_exp(POLYNOMIAL(erf_large, t));
#else
  REAL t = size < 6.2 ? size : 6.2;
  REAL large = 1 - real_exp(-t * t) * POLYNOMIAL(erf_large, (t - 2) / (t + 2));
#endif
  REAL near = size < 1 ? size : 1;
  REAL small = near * POLYNOMIAL(erf_small, near * near);
  REAL y = size < 1 ? small : large;
  y = x < 0 ? -y : y;
  return x != x ? x : y;
}

typedef struct {
  double sine, cosine;  // of the angle without its quarter turns
  int32_t turns;
} quarter_angle;

// pi / 2 is taken off in three parts, good for |x| < 1e6.
INLINE quarter_angle quarter(double x) {
  double size = x < 0 ? -x : x;
  double inside = size < 1e9 ? x : 0;
  double scaled = inside * 0.63661977236758134308;
  int32_t k = (int32_t)(scaled + (scaled < 0 ? -0.5 : 0.5));
  double r = inside - k * 1.57079632673412561417e+00;
  r = r - k * 6.07710050630396597660e-11;
  r = r - k * 2.02226624879595063154e-21;
  double z = r * r;
  double s = -1.0 / 1307674368000.0;
  s = s * z + 1.0 / 6227020800.0;
  s = s * z - 1.0 / 39916800.0;
  s = s * z + 1.0 / 362880.0;
  s = s * z - 1.0 / 5040.0;
  s = s * z + 1.0 / 120.0;
  s = s * z - 1.0 / 6.0;
  s = r + r * z * s;
  double c = 1.0 / 20922789888000.0;
  c = c * z - 1.0 / 87178291200.0;
  c = c * z + 1.0 / 479001600.0;
  c = c * z - 1.0 / 3628800.0;
  c = c * z + 1.0 / 40320.0;
  c = c * z - 1.0 / 720.0;
  c = c * z + 1.0 / 24.0;
  c = 1 - (0.5 * z - z * z * c);
  return (quarter_angle){s, c, k};
}

// The sine of x that is `turns` quarter turns further, in double.
INLINE double turned_sine(double x, quarter_angle angle, int turns) {
  int32_t turn = angle.turns + turns;
  double y = (turn & 1) ? angle.cosine : angle.sine;
  y = (turn & 2) ? -y : y;
  double size = x < 0 ? -x : x;
  return size < 1e9 ? y : (double)NAN;
}

INLINE REAL real_sin(REAL x) { return (REAL)turned_sine((double)x, quarter((double)x), 0); }
INLINE REAL real_cos(REAL x) { return (REAL)turned_sine((double)x, quarter((double)x), 1); }
