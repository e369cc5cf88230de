// SPDX-License-Identifier: MIT
// The recurrences of docs/model.md, sections 3 to 6, written by hand for one graph and one driver (workload.py), with
// GCC's vector extensions: VB bytes of draws in lockstep, the block's parameters in local arrays that stay in the
// first-level cache, the graph unrolled, everything that the workload does not have left out. What the general kernel
// is measured against. Build: g++ -O3 -march=native -shared -fPIC default_graph.cpp -o default_graph.so
#include <cmath>
#include <cstdint>
#include <cstring>
#ifndef VB
#define VB 128
#endif
typedef double V __attribute__((vector_size(VB)));
typedef int64_t I __attribute__((vector_size(VB)));
enum { LANES = VB / 8 };
#define INLINE static inline __attribute__((always_inline))

INLINE V all(double x) { return (V){} + x; }
INLINE V smaller(V a, V b) { return a < b ? a : b; }
INLINE V larger(V a, V b) { return a > b ? a : b; }
INLINE V clip(V x, double low, double high) { return smaller(larger(x, all(low)), all(high)); }

struct Reduced {
    V small, scale;
};

// expm1(r) and 2^k of x = k ln 2 + r; the polynomial of txsim/simulate/simd.py.
INLINE Reduced reduced(V x) {
    V shifted = x * 1.4426950408889634 + 6755399441055744.0;
    V k = shifted - 6755399441055744.0;
    V r = x - k * 6.93147180369123816490e-01;
    r = r - k * 1.90821492927058770002e-10;
    V r2 = r * r, r4 = r2 * r2;
    V first = (r * 0.008333333333330065 + 0.041666666666624164) * r2 + (r * 0.16666666666666669 + 0.5);
    V second = (r * 2.7557268480310024e-06 + 2.4801521322368692e-05) * r2 +
               (r * 0.00019841269863040545 + 0.0013888888917196719);
    V third = r * 2.5100375832561234e-08 + 2.7620075879983367e-07;
    V small = ((third * r4 + second) * r4 + first) * r2 + r;
    I bits = ((I)shifted + 1023) << 52;
    return {small, (V)bits};
}
INLINE V exp_minus_1(V x) {
    Reduced e = reduced(x);
    return e.small * e.scale + (e.scale - 1.0);
}
INLINE V exp_of(V x) {
    Reduced e = reduced(clip(x, -700.0, 700.0));
    return e.small * e.scale + e.scale;
}
INLINE V ramp(V elapsed, V one_over_months) {
    V r = clip(elapsed * one_over_months, 0.0, 1.0);
    return r * r * (3.0 - 2.0 * r);
}

enum { UXE, UXC, MX, CX, FRONT, SUPPORT, NODES };
enum { UXE_FRONT, UXE_SUPPORT, UXE_CX, FRONT_CX, SUPPORT_CX, CX_FRONT, SUPPORT_FRONT, UXC_CX, MX_CX, SILOS_MX, LINKS };
enum {
    BASELINE = 0,
    BETA = BASELINE + NODES,
    PHI = BETA + LINKS,
    PUSH = PHI + LINKS,
    RAMP,
    SLIP,
    DECAY,
    ITEM,
    LEAVE = ITEM + 6,
    ATTRITION = LEAVE + 2,
    WORK = ATTRITION + 2,
    SCOPE = WORK + 2,
    C_START,
    UPLIFT,
    CUSTOMERS,
    CHURN,
    JOINS,
    ARPU,
    ARPU_GROWTH,
    COST_GROWTH,
    MARGIN,
    SERVE,
    CHURN_CX,
    REFERRAL_CX,
    SPEND_CX,
    SERVE_CX,
    BAD,
    BAD_SLOPE,
    DIGITAL_REST,
    DIGITAL_GAIN,
    REVENUE,
    CX_MARGIN,
    MARGIN_PHI,
    RIVAL_SHARE,
    RIVAL_MONTHS,
    RIVAL_GAIN,
    COPY,
    ROWS
};
enum { DO_NOTHING, COMMIT, COMMIT_STOP, PILOT_SCALE, PILOT_STOP, NO_RIVALS, PATHS };
enum { FIELDS = 10 + NODES };

// matrix (row, draw); discounts of one-offs and of the rest (month,); out (path, field, draw).
extern "C" void simulate(const double *__restrict matrix, long draws, long first_draw, long last_draw, long T,
                         long decision, const double *__restrict discount_one, const double *__restrict discount_rest,
                         double rate, double *__restrict out) {
    for (long b = first_draw; b < last_draw; b += LANES) {
        const long width = last_draw - b < LANES ? last_draw - b : LANES;
        V th[ROWS], spread[NODES], inverse[NODES], base_paying[T], base_other[T];
        V base_customers, base_churn, base_check_customers, base_check_margin;
        for (int k = 0; k < ROWS; k++)
            for (long i = 0; i < LANES; i++) th[k][i] = matrix[k * draws + b + (i < width ? i : width - 1)];
        for (int i = 0; i < NODES; i++) {
            spread[i] = 100.0 * th[i] * (1.0 - th[i]);
            inverse[i] = 1.0 / spread[i];
        }
        const V one_over_ramp = 1.0 / larger(th[RAMP], all(1)), one_over_rivals = 1.0 / larger(th[RIVAL_MONTHS], all(1));
        for (int path = 0; path < PATHS; path++) {
            const bool moves = path != DO_NOTHING && path != NO_RIVALS;
            V d[NODES] = {}, memory[LINKS] = {}, first = {}, second = {};
            V customers = th[CUSTOMERS], undigital = customers, arpu = th[ARPU], cost_level = all(1);
            V reference = th[REVENUE] * th[CX_MARGIN] * 0.01, margin_memory = {}, rel = {}, churn = {};
            V gained = {}, gained_other = {}, pv_profit = {}, pv_cost = {}, check_customers = {}, check_margin = {};
            V cumulative = {}, lowest = {}, payback = all(1);
            for (long t = 0; t < T; t++) {
                if (moves) {
                    const bool stops = path == COMMIT_STOP || path == PILOT_STOP;
                    first = stops && t >= decision ? first * th[DECAY]
                                                   : ramp((double)(t + 1) - th[SLIP], one_over_ramp);
                    V factor = first;
                    if (path == PILOT_SCALE || path == PILOT_STOP) factor = th[SCOPE] * factor;
                    if (path == PILOT_SCALE && t >= decision) {
                        second = ramp((double)(t - decision + 1) - th[SLIP], one_over_ramp);
                        factor += (1.0 - th[SCOPE]) * second;
                    }
#define FOLLOW(link, source) memory[link] = th[PHI + link] * (memory[link] - d[source]) + d[source]
                    FOLLOW(UXE_FRONT, UXE);
                    FOLLOW(UXE_SUPPORT, UXE);
                    FOLLOW(UXE_CX, UXE);
                    FOLLOW(FRONT_CX, FRONT);
                    FOLLOW(SUPPORT_CX, SUPPORT);
                    FOLLOW(CX_FRONT, CX);
                    FOLLOW(SUPPORT_FRONT, SUPPORT);
                    FOLLOW(UXC_CX, UXC);
                    FOLLOW(MX_CX, MX);
#define PASSED(link) th[BETA + link] * memory[link]
                    V u[NODES];
                    u[UXE] = u[UXC] = u[MX] = (V){};
                    u[CX] = PASSED(UXE_CX) + PASSED(FRONT_CX) + PASSED(SUPPORT_CX) + PASSED(UXC_CX) + PASSED(MX_CX);
                    u[FRONT] = th[PUSH] * factor + PASSED(UXE_FRONT) + PASSED(CX_FRONT) + PASSED(SUPPORT_FRONT);
                    u[SUPPORT] = PASSED(UXE_SUPPORT);
                    for (int i = 0; i < NODES; i++) {
                        V e = exp_minus_1(clip(u[i] * inverse[i], -40.0, 40.0));
                        d[i] = spread[i] * e / (th[i] * e + 1.0);
                    }
                }
                margin_memory = th[MARGIN_PHI] * (margin_memory - rel) + rel;
                rel = d[CX];
                if (path != NO_RIVALS) {
                    V adoption = th[RIVAL_SHARE] * ramp(all(t + 1), one_over_rivals);
                    rel = d[CX] - larger(d[CX], all(0)) * adoption * th[COPY] - th[RIVAL_GAIN] * adoption;
                }
                V leaving = th[CHURN] * exp_of(-th[CHURN_CX] * rel), joins = th[JOINS] * exp_of(th[REFERRAL_CX] * rel);
                V each = arpu * exp_of(th[SPEND_CX] * rel);
                V contact = th[SERVE] * cost_level * exp_of(-th[SERVE_CX] * d[CX]);
                V p = clip(th[BAD] * (1.0 - d[UXC] * th[BAD_SLOPE]), 0.0, 1.0), q = 1.0 - p;
                V two_bad = p * p * ((3.0 * q + 2.0) * q + 1.0);  // four interactions
                churn = smaller(leaving * (th[DIGITAL_GAIN] * two_bad + th[DIGITAL_REST]), all(1));
                V revenue = customers * each, serve = customers * contact;
                V alone = undigital * (th[MARGIN] * each - contact);
                customers = customers * (1.0 - churn) + joins;
                undigital = undigital * (1.0 - smaller(leaving, all(1))) + joins;
                V leave = th[LEAVE] * exp_of(-th[ATTRITION] * d[FRONT]) + th[LEAVE + 1] * exp_of(-th[ATTRITION + 1] * d[SUPPORT]);
                V work = th[WORK] * d[FRONT] + th[WORK + 1] * d[SUPPORT], staff = (work - leave) * cost_level;
                V top_down = reference * margin_memory;
                V other = top_down + staff, paying = th[MARGIN] * revenue + (staff - serve);
                V one_off = {}, running = {};
                if (path == COMMIT || path == COMMIT_STOP) {
                    if (t == 0) one_off = th[ITEM];
                    if (path == COMMIT || t < decision) running = th[ITEM + 1] * cost_level;
                } else if (moves) {
                    if (t == 0) one_off = th[ITEM + 2];
                    if (t < decision) running = th[ITEM + 3] * cost_level;
                    if (path == PILOT_SCALE && t == decision) one_off = th[ITEM + 4];
                    if (path == PILOT_SCALE && t >= decision) running = th[ITEM + 5] * cost_level;
                }
                if (path == DO_NOTHING) {
                    base_paying[t] = paying;
                    base_other[t] = other;
                }
                V gain = paying - base_paying[t];
                gained += gain * discount_rest[t];
                gained_other += (other - base_other[t]) * discount_rest[t];
                pv_profit += paying * discount_rest[t];
                pv_cost += one_off * discount_one[t] + running * discount_rest[t];
                check_customers += alone * discount_rest[t];
                check_margin += top_down * discount_rest[t];
                cumulative += gain - (one_off + running);
                lowest = smaller(lowest, cumulative);
                payback = cumulative < 0.0 ? all(t + 2) : payback;
                arpu *= th[ARPU_GROWTH];
                reference *= th[ARPU_GROWTH];
                cost_level *= th[COST_GROWTH];
            }
            if (path == DO_NOTHING) {
                base_customers = customers;
                base_churn = churn;
                base_check_customers = check_customers;
                base_check_margin = check_margin;
            }
            V worth = th[MARGIN] * arpu - th[SERVE] * cost_level;
            V result[FIELDS];
            result[0] = gained - pv_cost;
            result[1] = gained_other - pv_cost;
            result[2] = pv_cost;
            result[3] = pv_profit - pv_cost;
            result[4] = pv_cost > 0.0 ? (cumulative < 0.0 ? all(NAN) : payback) : all(NAN);
            result[5] = -lowest;
            result[6] = (customers - base_customers) * worth * std::pow(1 + rate, -T / 12.0) /
                        (base_churn + (std::pow(1 + rate, 1 / 12.0) - 1));
            result[7] = customers;
            result[8] = check_customers - base_check_customers;
            result[9] = check_margin - base_check_margin;
            for (int i = 0; i < NODES; i++) result[10 + i] = d[i];
            for (int k = 0; k < FIELDS; k++)
                std::memcpy(out + ((long)path * FIELDS + k) * draws + b, &result[k], width * sizeof(double));
        }
    }
}
