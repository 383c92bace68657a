// Every batch has the classes' shares of the whole, and every record comes once an epoch.
//
//   data::from_source(source, 128, {.sampler = data::stratified(labels, 128, 42)});
//
// However many records of an epoch have come, each class has had its share of them to less than one record.
// So a batch has a class's share to less than two records, and exactly where all shares of batches are whole
// numbers. Which records of a class come when, and their order inside a batch, differ from epoch to epoch.
// The places of the classes are found once, in O(n log classes), as a schedule of jobs, earliest deadline
// first. Source: the even spread of Pfair scheduling (Baruah, Cohen, Plaxton, Varvel 1996).
#pragma once

#include <vector>

#include <ramie/data/sampler.h>

namespace ramie::data {

// labels[i] is the class of record i, any number. batch_size as in the pipeline, at least 1.
SamplerPtr stratified(const std::vector<std::int64_t>& labels, std::int64_t batch_size,
                      std::uint64_t seed = 0);

}  // namespace ramie::data
