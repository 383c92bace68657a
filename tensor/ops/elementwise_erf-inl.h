// The formulas of erf and of its inverse: polynomials.
#if defined(RAMIE_TENSOR_OPS_ELEMENTWISE_ERF_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef RAMIE_TENSOR_OPS_ELEMENTWISE_ERF_INL_H
#undef RAMIE_TENSOR_OPS_ELEMENTWISE_ERF_INL_H
#else
#define RAMIE_TENSOR_OPS_ELEMENTWISE_ERF_INL_H
#endif

#include <ramie/tensor/ops/elementwise_formula-inl.h>

RAMIE_BEFORE_NAMESPACE();
namespace ramie::kernels::RAMIE_TARGET::formulas {

// x P(x^2) up to 1, and beyond it 1 - exp(-x^2) Q(w), w = (|x| - k) / (|x| + k), up to k^2, where it rounds
// to 1. P and Q interpolate at Chebyshev nodes; the error is below 1 ulp of float and 2 ulp of double.
struct erf : Real<1> {
  RAMIE_FORMULA V of(V x) {
    constexpr double k = is_single<V> ? 2 : 2.5;
    const V magnitude = math::abs(x), a = select(magnitude > V(k * k), V(k * k), magnitude), square = a * a;
    const V outer = V(1) - math::exp(-square) * q((a - V(k)) / (a + V(k)));
    return select(a < V(1), x * p(square), select(x < V(0), -outer, outer));
  }
  RAMIE_FORMULA V p(V x) {
    if constexpr (is_single<V>)
      return polynomial(x, 7.87587487e-5, -0.00080168643, 0.00518908724, -0.0268542115, 0.112835944,
                        -0.37612626, 1.12837911);
    else
      return polynomial(x, 5.9571761477489113e-11, -1.1372848856791674e-9, 1.4659775274047436e-8,
                        -1.6350312701054695e-7, 1.6461000484121368e-6, -1.4925595266831182e-5,
                        0.0001205533111164271, -0.000854832698083379, 0.0052239776248180145,
                        -0.026866170645076792, 0.11283791670954879, -0.37612638903183748, 1.1283791670955126);
  }
  RAMIE_FORMULA V q(V x) {
    if constexpr (is_single<V>)
      return polynomial(x, -0.000837975414, 0.00681114011, 0.00373237184, -0.0789683089, 0.241658196,
                        -0.427185982, 0.255395681);
    else
      return polynomial(x, 1.2859346797357535e-7, -1.5492154973291933e-6, -2.3132304667644332e-6,
                        7.4771605139592042e-6, 1.8616802985985914e-5, -3.4170515285075337e-5,
                        -0.00012887737346401875, 0.0002283793695074208, 0.00087591545963759535,
                        -0.0026423659170906571, -0.0039937011660796783, 0.039922539074500343,
                        -0.12503305237882731, 0.25171319321745877, -0.37173673394897333, 0.21080636406114356);
  }
};

// Giles, "Approximating the erfinv function" (2010): x times polynomials of w = -log(1 - x^2).
struct erf_inv : Real<1> {
  RAMIE_FORMULA V of(V x) {
    const V w = -math::log1p(-x * x);
    return select(math::abs(x) == V(1), x * V(math::infinity), ratio(w, math::sqrt(w)) * x);
  }
  RAMIE_FORMULA V ratio(V w, V root) {
    if constexpr (is_single<V>) {
      return select(w < V(5), centre(w - V(2.5)), tail(root - V(3)));
    } else {
      const V outer = select(w < V(16), middle(root - V(3.25)), tail(root - V(5)));
      return select(w < V(6.25), centre(w - V(3.125)), outer);
    }
  }
  RAMIE_FORMULA V centre(V x) {
    if constexpr (is_single<V>)
      return polynomial(x, 2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087,
                        -0.00125372503, -0.00417768164, 0.246640727, 1.50140941);
    else
      return polynomial(x, -3.6444120640178196996e-21, -1.685059138182016589e-19, 1.2858480715256400167e-18,
                        1.115787767802518096e-17, -1.333171662854620906e-16, 2.0972767875968561637e-17,
                        6.6376381343583238325e-15, -4.0545662729752068639e-14, -8.1519341976054721522e-14,
                        2.6335093153082322977e-12, -1.2975133253453532498e-11, -5.4154120542946279317e-11,
                        1.051212273321532285e-09, -4.1126339803469836976e-09, -2.9070369957882005086e-08,
                        4.2347877827932403518e-07, -1.3654692000834678645e-06, -1.3882523362786468719e-05,
                        0.0001867342080340571352, -0.00074070253416626697512, -0.0060336708714301490533,
                        0.24015818242558961693, 1.6536545626831027356);
  }
  RAMIE_FORMULA V middle(V x) {  // of double alone
    return polynomial(x, 2.2137376921775787049e-09, 9.0756561938885390979e-08, -2.7517406297064545428e-07,
                      1.8239629214389227755e-08, 1.5027403968909827627e-06, -4.013867526981545969e-06,
                      2.9234449089955446044e-06, 1.2475304481671778723e-05, -4.7318229009055733981e-05,
                      6.8284851459573175448e-05, 2.4031110387097893999e-05, -0.0003550375203628474796,
                      0.00095328937973738049703, -0.0016882755560235047313, 0.0024914420961078508066,
                      -0.0037512085075692412107, 0.005370914553590063617, 1.0052589676941592334,
                      3.0838856104922207635);
  }
  RAMIE_FORMULA V tail(V x) {
    if constexpr (is_single<V>)
      return polynomial(x, -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773,
                        -0.0076224613, 0.00943887047, 1.00167406, 2.83297682);
    else
      return polynomial(x, -2.7109920616438573243e-11, -2.5556418169965252055e-10, 1.5076572693500548083e-09,
                        -3.7894654401267369937e-09, 7.6157012080783393804e-09, -1.4960026627149240478e-08,
                        2.9147953450901080826e-08, -6.7711997758452339498e-08, 2.2900482228026654717e-07,
                        -9.9298272942317002539e-07, 4.5260625972231537039e-06, -1.9681778105531670567e-05,
                        7.5995277030017761139e-05, -0.00021503011930044477347, -0.00013871931833623122026,
                        1.0103004648645343977, 4.8499064014085844221);
  }
};

}  // namespace ramie::kernels::RAMIE_TARGET::formulas
RAMIE_AFTER_NAMESPACE();

#endif  // RAMIE_TENSOR_OPS_ELEMENTWISE_ERF_INL_H
